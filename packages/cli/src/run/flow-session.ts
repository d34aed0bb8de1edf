/**
 * What `run`, `resume`, `rerun` and `serve` share: the user's module, loaded beside an engine that the command watches, and the exit
 * code in the end.
 */
import { isMillraceError } from '@millrace/kernel';
import type { CommandContext } from '../command-context.ts';
import { ExitCode } from '../exit-codes.ts';
import { invokedAs } from '../invoked-as.ts';
import { storedAt } from '../stored-at.ts';
import { UsageError } from '../usage-error.ts';
import { writeModuleFailure } from './failure-report.ts';
import { JsonDisplay } from './json-display.ts';
import { findTsx, type Loaded, loadModule, moduleTypeAdvice } from './load-module.ts';
import { noteOpenHandles } from './open-handles.ts';
import { JsonLineDisplay, LineDisplay } from './run-lines.ts';
import { RunDisplay } from './run-display.ts';
import { isRecorded, RunSession, type SessionListener } from './run-session.ts';
import { watchStrayRejections } from './stray-rejections.ts';
import type { Target } from './target.ts';
import { runUnderTsx, underTsxMark } from './under-tsx.ts';

export interface FlowSessionOptions {
  readonly target: Target;
  readonly isQuiet?: boolean;
  /** The module is loaded for what it defines: what it runs by itself meanwhile has no effect. */
  readonly definesOnly?: boolean;
  /** Runs come and go; none of them is this command's own. */
  readonly isServing?: boolean;
}

/** What is done with the module once it is loaded. Its own runs may still be under way. */
export type Act = (session: RunSession, exports: Readonly<Record<string, unknown>>) => Promise<void>;

/**
 * Loads the module, does what is asked, waits for all runs and tells how they ended.
 *
 * @returns 0 when every outermost run completed, 1 otherwise; under tsx, that process's code
 * @throws what was refused before any run began: UsageError, ParameterError and the like
 */
export async function runFlowSession(context: CommandContext, options: FlowSessionOptions, act: Act): Promise<number> {
  const { target } = options;
  const session: RunSession = new RunSession(displayFor(context, options, () => session.engine));
  const stray = watchStrayRejections();
  const loaded = await load(context, session, options);
  if (loaded.status === 'unsupported') {
    stray.stop();
    return await loadOtherwise(context, target, loaded.error);
  }
  let failure: unknown;
  if (loaded.status === 'threw') failure = loaded.error;
  else {
    failure = await act(session, loaded.exports).then(
      () => undefined,
      (error: unknown) => error ?? new Error('something threw nothing'),
    );
  }
  await session.idle();
  await session.close();
  stray.stop();
  noteOpenHandles(context.terminal);
  return exitCodeOf(context, {
    session,
    target,
    failures: [failure, ...stray.errors],
    threw: loaded.status === 'threw',
  });
}

async function load(
  { terminal, isJson }: CommandContext,
  session: RunSession,
  { target, definesOnly = false }: FlowSessionOptions,
): Promise<Loaded> {
  if (!definesOnly) return await loadModule(target.file);
  const { loaded, wasCalled } = await session.holdBack(() => loadModule(target.file));
  if (wasCalled && !isJson)
    terminal.err.write(`${target.shownFile} also runs a flow by itself when it is loaded: that was left out here.\n`);
  return loaded;
}

interface Ended {
  readonly session: RunSession;
  readonly target: Target;
  readonly failures: readonly unknown[];
  /** The module itself threw while it was loaded. */
  readonly threw: boolean;
}

function exitCodeOf({ terminal }: CommandContext, { session, target, failures, threw }: Ended): number {
  const errors = failures.filter((error) => error !== undefined);
  const untold = errors.filter((error) => !session.started.some((run) => isRecorded(run) && run.value === error));
  const [first] = untold;
  if (!threw && isMillraceError(first)) throw first;
  for (const error of new Set(untold)) writeModuleFailure(terminal.err, error, target.shownFile);
  const isComplete = session.started.every((run) => run.settlement === 'completed');
  return errors.length === 0 && isComplete ? ExitCode.Ok : ExitCode.Failed;
}

function displayFor(
  { terminal, isJson, environment }: CommandContext,
  { target, isQuiet = false, isServing = false }: FlowSessionOptions,
  engine: () => RunSession['engine'],
): SessionListener {
  if (isServing) return isJson ? new JsonLineDisplay() : new LineDisplay(terminal);
  if (isJson) return new JsonDisplay(terminal);
  const { shownFile } = target;
  const command = invokedAs(environment);
  return new RunDisplay({ terminal, engine, shownFile, command, storedAt: storedAt(environment), isQuiet });
}

/** Under tsx where it is installed; otherwise says what to do. */
async function loadOtherwise({ environment }: CommandContext, target: Target, error: Error): Promise<number> {
  const isUnderTsx = environment[underTsxMark] !== undefined;
  const tsx = isUnderTsx ? undefined : findTsx(target.file);
  if (tsx !== undefined) return await runUnderTsx(tsx, environment);
  const elsewise = isUnderTsx
    ? 'tsx could not load it either.'
    : 'Install tsx (npm install --save-dev tsx) and run the command again: it is used where Node is not enough. Or write it so that Node can strip the types: no enums, namespaces, parameter properties or decorators, and imports with their .ts ending.';
  const advice = moduleTypeAdvice(error) ?? elsewise;
  throw new UsageError(`Node can't load ${target.shownFile} as it is: ${error.message.split('\n')[0]}\n${advice}`);
}
