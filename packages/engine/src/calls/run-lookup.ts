/**
 * Finds flow runs for code that did not start them: a web handler, a script, another process.
 */
import {
  ConfigurationError,
  describeValue,
  type FlowRunFilter,
  type FlowRunRecord,
  statesNamed,
  StateType,
  type StateWordsProblem,
} from '@millrace/kernel';
import { currentRuntime } from '../runs/default-runtime.ts';
import { cancelReason } from '../runs/cancel-reason.ts';
import { requireFlowRun } from '../execution/resolve-flow-run.ts';
import type { RunHandle } from './handle.ts';
import { cancelRecorded, recordedHandle } from './recorded-run.ts';

/** Selects flow runs: those that no other flow run started and that meet every given condition. */
export interface RunFilter {
  /** The flow's name. */
  readonly flow?: string;
  /**
   * In one of these states: types (`FAILED`) or names (`TimedOut`), in any case, one kind of them; or `Orphaned`: unfinished, and
   * without a process.
   */
  readonly state?: string | readonly string[];
  /** With all of these tags. */
  readonly tags?: readonly string[];
  /** With an idempotency key that starts with this string. */
  readonly key?: string;
  /** Made at this instant or after it. */
  readonly since?: Date;
  /** Made before this instant. */
  readonly until?: Date;
}

const PAGE_SIZE = 100;
/** The length of a UUID. */
const ID_LENGTH = 36;

/**
 * The flow run of this id, whichever process runs it; its flow need not be defined here.
 *
 * @param id the whole id
 * @returns its handle; undefined when there is no such flow run
 * @example
 * const run = await getRun(id);
 * if (run === undefined) response.writeHead(404).end();
 */
export async function getRun<T = unknown>(id: string): Promise<RunHandle<T> | undefined> {
  if (typeof id !== 'string' || id.length !== ID_LENGTH) return undefined;
  const runtime = currentRuntime();
  const record = await (await runtime.ledger()).runs.flowRun(id.toLowerCase());
  return record === undefined ? undefined : await recordedHandle<T>(runtime, record);
}

/**
 * The flow runs that meet the filter, newest first. Read page by page while they are iterated: stop when you have enough.
 *
 * @param filter which; all by default
 * @throws ConfigurationError (rejects) for an unknown state or an invalid date
 * @example
 * for await (const run of listRuns({ flow: 'sums', state: 'FAILED' })) console.log(run.id, run.name);
 */
export async function* listRuns(filter: RunFilter = {}): AsyncGenerator<RunHandle<unknown>> {
  const runtime = currentRuntime();
  await runtime.ledger();
  for await (const record of recordsOf(filter)) yield await recordedHandle<unknown>(runtime, record);
}

/**
 * Cancels a flow run, whichever process runs it, and waits until that is recorded. One that has ended stays unchanged.
 *
 * @param options `reason`: recorded with the run
 * @throws RunNotFound
 * @example
 * await cancelRun(id, { reason: 'the order was withdrawn' });
 */
export async function cancelRun(id: string, options: { readonly reason?: string } = {}): Promise<void> {
  const runtime = currentRuntime();
  const record = await requireFlowRun(runtime, id);
  await cancelRecorded(runtime, record.id, cancelReason(options.reason ?? 'cancelled by cancelRun()'));
}

/** The records behind `listRuns`. */
export async function* recordsOf(given: RunFilter): AsyncGenerator<FlowRunRecord> {
  const { runs } = await currentRuntime().ledger();
  const { filter, isOrphaned } = recordFilter(given);
  let after: string | undefined;
  for (;;) {
    const page = await runs.flowRuns({ ...filter, limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) });
    const orphans = isOrphaned ? await runs.orphans(page) : undefined;
    for (const record of page) {
      // Lists have no outcomes and no large parameters; a handle reads them when needed.
      if (orphans === undefined || orphans.has(record.id)) yield record;
    }
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)?.id;
  }
}

function recordFilter({ flow, state, tags, key, since, until }: RunFilter): {
  readonly filter: FlowRunFilter;
  readonly isOrphaned: boolean;
} {
  const words = state === undefined ? [] : typeof state === 'string' ? [state] : state;
  const { isOrphaned, ...states } = statesNamed(words, refusal);
  const filter: FlowRunFilter = {
    parentFlowRunId: null,
    ...(flow === undefined ? {} : { flowName: flow }),
    ...(tags === undefined ? {} : { tags }),
    ...(key === undefined ? {} : { idempotencyKeyPrefix: key }),
    ...(since === undefined ? {} : { since: instantOf('since', since) }),
    ...(until === undefined ? {} : { until: instantOf('until', until) }),
    ...states,
  };
  return { filter, isOrphaned };
}

function instantOf(name: string, date: Date): number {
  const at = date instanceof Date ? date.getTime() : Number.NaN;
  if (Number.isFinite(at)) return at;
  throw new ConfigurationError(`${name} must be a Date, not ${describeValue(date)}.`, { name });
}

function refusal(problem: StateWordsProblem): ConfigurationError {
  switch (problem.kind) {
    case 'orphaned-with-others':
      return new ConfigurationError("state: give 'Orphaned' alone, without other states beside it.");
    case 'types-with-names':
      return new ConfigurationError('Give types of states (FAILED) or names (TimedOut), not both.');
    case 'unknown':
      return new ConfigurationError(
        `'${problem.word}' is no state. States are ${Object.values(StateType).join(', ')}, names such as TimedOut, or Orphaned.`,
        { state: problem.word },
      );
  }
}
