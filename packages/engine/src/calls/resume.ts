/** `resume` and `rerun`: continue or repeat recorded flow runs, for code that is not part of them. */
import {
  awaitsResume,
  encodeValue,
  resuming,
  isTerminal,
  moveFor,
  StateType,
  ConfigurationError,
} from '@millrace/kernel';
import { runName } from '../context/random-run-name.ts';
import { currentRuntime } from '../runs/default-runtime.ts';
import { requireFlow } from '../runs/registry.ts';
import { resumeSignal } from '../waits/pause.ts';
import { requireFlowRun } from '../execution/resolve-flow-run.ts';
import { changedParameters, parametersFrom } from '../execution/flow-parameters.ts';
import { recordsOf, type RunFilter } from './run-lookup.ts';
import { handleOf, type RunHandle } from './handle.ts';

/** The options of `resume`. */
export interface ResumeOptions {
  /** For a paused run: the input of its `pause`. */
  readonly input?: unknown;
  /**
   * After AmbiguousReplay: calls that can't be told apart get their values in the recorded order. Correct if the branches make them in
   * the same order again.
   */
  readonly trustOrder?: boolean;
}

/**
 * Takes a flow run up. A paused one continues (with input), one of a dead process continues where it was, and a failed, crashed or
 * cancelled one is tried again and keeps its completed tasks.
 *
 * @param flowRunId the run's id
 * @throws RunNotFound; ConfigurationError when its flow isn't defined in this process, the run has completed, is a child that
 *   has ended, or is given input and is not paused
 * @example
 * const handle = await resume(runId);
 * console.log(await handle.result());
 */
export function resume<T = unknown>(flowRunId: string, options?: ResumeOptions): Promise<RunHandle<T>>;
/**
 * Takes up all flow runs that match, here and one after the other as they are read: those that no other flow run started. Without
 * `state`, those that failed, crashed or were cancelled.
 *
 * @param filter which; a run that has ended meanwhile, or that a process has taken up, is returned unchanged
 * @returns their handles, the newest run's first
 * @throws ConfigurationError for runs that have completed, or when a flow isn't defined in this process
 * @example
 * const handles = await resume({ flow: 'sums', state: 'CRASHED' });
 */
export function resume<T = unknown>(filter: RunFilter, options?: ResumeOptions): Promise<readonly RunHandle<T>[]>;
export async function resume<T = unknown>(
  which: string | RunFilter,
  options: ResumeOptions = {},
): Promise<RunHandle<T> | readonly RunHandle<T>[]> {
  if (typeof which === 'string') return await resumeOne<T>(which, options);
  const filter = { state: [StateType.Failed, StateType.Crashed, StateType.Cancelled], ...which };
  // Read before the first is moved, because a run that is taken up changes its state and could be read again.
  const found: string[] = [];
  for await (const { id } of recordsOf(filter)) found.push(id);
  const handles: RunHandle<T>[] = [];
  for (const id of found) handles.push(await resumeOne<T>(id, options));
  return handles;
}

async function resumeOne<T>(flowRunId: string, options: ResumeOptions): Promise<RunHandle<T>> {
  const runtime = currentRuntime();
  const record = await requireFlowRun(runtime, flowRunId);
  if (record.state.type === StateType.Completed)
    throw new ConfigurationError(
      `Flow run '${record.name}' has completed: there is nothing to resume. rerun() forks it.`,
    );
  if (isTerminal(record.state) && record.parentFlowRunId !== null)
    throw new ConfigurationError(
      `Flow run '${record.name}' belongs to flow run ${record.parentFlowRunId}, which alone can try it again: resume or rerun that one.`,
    );
  const key = record.state.type === StateType.Paused ? record.state.details?.pauseKey : undefined;
  if (key === undefined && options.input !== undefined)
    throw new ConfigurationError(
      `Flow run '${record.name}' is ${record.state.name} and asks for no input. Resume it without, or when it is Paused.`,
    );
  if (key !== undefined) {
    await runtime.opened.runs.sendSignal(record.id, {
      name: resumeSignal(key),
      payload: encodeValue(options.input, 'input'),
    });
  }
  if (awaitsResume(record.state)) {
    const verdict = await runtime.opened.runs.propose(record.id, { state: resuming(runtime.clock.now()), by: 'api' });
    if (verdict.status !== 'ACCEPT')
      throw new ConfigurationError(
        `Flow run '${record.name}' was suspended, and its process is at work still on what had begun. Resume it once that has ended.`,
        { flowRunId: record.id },
      );
  }
  const here = [...(runtime.engine?.roots ?? [])].find((run) => run.id === record.id);
  if (here !== undefined) return await handleOf<T>(runtime, here);
  const definition = requireFlow(record.flowName, { engine: runtime, id: record.id });
  const { trustOrder = false } = options;
  const start = { outermost: true, flowRunId: record.id, move: moveFor(record, 'resumed'), trustOrder };
  return await handleOf<T>(runtime, runtime.start(definition, [], start));
}

/** The parts of the original that a fork reuses or replaces. */
export interface RerunOptions {
  /** The task from which on everything runs again; absent = from the start. */
  readonly from?: string;
  /** Runs again the tasks that did not complete and those that depend on them; the original may have failed or completed. */
  readonly failed?: boolean;
  /** Other parameters, by name or in order; the others keep their recorded values. */
  readonly parameters?: readonly unknown[] | Readonly<Record<string, unknown>>;
}

/**
 * A new run of the same flow that reuses what came before `from`, or with `failed` all that completed; the original is untouched.
 *
 * @param flowRunId the run to fork
 * @throws RunNotFound; ConfigurationError when its flow isn't defined in this process, `from` never ran, nothing failed or a parameter is
 *   none of the flow's; ParameterError when the flow's `input` refuses them
 * @example
 * await rerun(runId, { from: 'fetch-user' });
 */
export async function rerun<T = unknown>(flowRunId: string, options: RerunOptions = {}): Promise<RunHandle<T>> {
  const runtime = currentRuntime();
  const record = await requireFlowRun(runtime, flowRunId);
  const definition = requireFlow(record.flowName, { engine: runtime, id: record.id });
  const { parameters } = options;
  let text: string | undefined;
  if (parameters !== undefined) {
    const recorded = await runtime.opened.blobs.fetch(record.parameters, { runId: record.id });
    const before = parametersFrom(definition, recorded);
    text = (await changedParameters(definition, before, parameters)).text;
  }
  const fork = await runtime.opened.runs.fork(record.id, {
    id: runtime.ids(),
    name: runName(runtime.random),
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.failed === undefined ? {} : { failed: options.failed }),
    ...(text === undefined ? {} : { parameters: text }),
  });
  return await handleOf<T>(
    runtime,
    runtime.start(definition, [], { outermost: true, flowRunId: fork.id, move: 'recover' }),
  );
}
