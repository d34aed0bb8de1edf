/**
 * The session of one process with the user's module, shared by `run`, `resume`, `rerun` and `serve`: it loads the module beside an engine
 * that the command watches, and makes the exit code.
 */
import { isMillraceError } from '@millrace/kernel';
import type { CommandContext } from '../context/command-context.ts';
import { ExitCode } from '../environment/exit-codes.ts';
import { invokedAs } from '../environment/invoked-as.ts';
import { storedAt } from '../environment/stored-at.ts';
import { warnOfEarlyExit } from './early-exit.ts';
import { type OutsideFailure, writeOutsideFailure } from './failure-report.ts';
import { JsonDisplay } from './json-display.ts';
import { findTsx, type Loaded, loadModule } from './load-module.ts';
import { warnOfOpenHandles } from './open-handles.ts';
import { JsonLineDisplay, LineDisplay } from './run-lines.ts';
import { RunDisplay } from './run-display.ts';
import { isRecorded, RunSession, type SessionListener } from './run-session.ts';
import { watchStrayRejections } from './stray-rejections.ts';
import type { Target } from './target.ts';
import { runUnderTsx, underTsxMark } from './under-tsx.ts';

export interface FlowSessionOptions {
  readonly target: Target;
  readonly isQuiet?: boolean;
  /** The module is loaded for its definitions: runs that it starts meanwhile have no effect. */
  readonly definesOnly?: boolean;
  /** Runs come and go; the exit code does not depend on them. */
  readonly isServing?: boolean;
}

/** The work of the command with the loaded module, whose own runs may still be unfinished. */
export type Act = (session: RunSession, exports: Readonly<Record<string, unknown>>) => Promise<void>;

/**
 * Loads the module, does the command's work, waits for all runs and reports how they ended.
 *
 * @returns 0 when every outermost run completed, 1 otherwise; under tsx, that process's code
 * @throws errors from before the first run was recorded: UsageError, ParameterError and the like
 */
export async function runFlowSession(context: CommandContext, options: FlowSessionOptions, act: Act): Promise<number> {
  const { target } = options;
  const session: RunSession = new RunSession(displayFor(context, options, () => session.engine));
  const stray = watchStrayRejections();
  const earlyExit = warnOfEarlyExit(context.terminal, () => session.engine);
  const loaded = await load(context, session, options);
  if (loaded.status === 'unsupported') {
    stray.stop();
    return await loadWithTsx(context, target, loaded.error);
  }
  const failures: OutsideFailure[] = [];
  if (loaded.status === 'threw') failures.push({ error: loaded.error, during: 'loading' });
  else await act(session, loaded.exports).catch((error: unknown) => failures.push({ error, during: 'command' }));
  await session.idle();
  await session.close();
  stray.stop();
  earlyExit.remove();
  warnOfOpenHandles(context.terminal);
  for (const error of stray.errors) failures.push({ error, during: 'rejection' });
  return exitCodeOf(context, { session, target, failures });
}

async function load(
  { terminal, isJson, environment }: CommandContext,
  session: RunSession,
  { target, definesOnly = false }: FlowSessionOptions,
): Promise<Loaded> {
  const isUnderTsx = environment[underTsxMark] !== undefined;
  const loadFile = (): Promise<Loaded> => loadModule(target.file, { isUnderTsx });
  if (!definesOnly) return await loadFile();
  const { loaded, wasCalled } = await session.loadDefinitions(loadFile);
  if (wasCalled && !isJson)
    terminal.err.write(`${target.shownFile} also runs a flow when it is loaded: that was left out here.\n`);
  return loaded;
}

interface Ended {
  readonly session: RunSession;
  readonly target: Target;
  readonly failures: readonly OutsideFailure[];
}

function exitCodeOf(context: CommandContext, { session, target, failures }: Ended): number {
  const failed = session.started.filter((run) => run.settlement === 'failed' && isRecorded(run));
  const unreported = failures.filter(({ error }) => !failed.some((run) => run.value === error));
  const [first] = unreported;
  if (first !== undefined && first.during !== 'loading' && isMillraceError(first.error)) throw first.error;
  const written = new Set<unknown>();
  for (const one of unreported) {
    if (!written.has(one.error)) writeOutsideFailure(context, one, target);
    written.add(one.error);
  }
  const isComplete = session.started.every((run) => run.settlement === 'completed');
  return failures.length === 0 && isComplete ? ExitCode.Ok : ExitCode.Failed;
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

/** Runs the command under tsx if that is installed; otherwise reports the remedy. */
async function loadWithTsx(context: CommandContext, target: Target, error: Error): Promise<number> {
  const tsx = findTsx(target.file);
  if (tsx !== undefined) return await runUnderTsx(tsx, context.environment);
  writeOutsideFailure(context, { error, during: 'loading' }, target);
  return ExitCode.Failed;
}
