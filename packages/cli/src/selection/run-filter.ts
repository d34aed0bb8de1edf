/** The filter options of `flow-run ls`, and of `cancel` and `resume` without an id. */
import { readFlowRuns } from '@millrace/views';
import { type FlowRunFilter, type FlowRunRecord, parseDuration, type Runs } from '@millrace/kernel';
import { asksForOrphans, stateFilter } from './state-filter.ts';
import { UsageError } from '../arguments/usage-error.ts';

export interface RunFilterOptions {
  readonly flowName?: string;
  readonly state?: readonly string[];
  readonly tag?: readonly string[];
  /** Prefix of an idempotency key. */
  readonly key?: string;
  /** A date, or how long ago. */
  readonly since?: string;
  readonly until?: string;
}

/** Whether any filter option was given. */
export function isFiltered({ flowName, state, tag, key, since, until }: RunFilterOptions): boolean {
  return (
    [flowName, key, since, until].some((given) => given !== undefined) || [...(state ?? []), ...(tag ?? [])].length > 0
  );
}

/** @throws UsageError for an unknown state and for a time that can't be read */
export function runFilter(options: RunFilterOptions, now: number): FlowRunFilter {
  const { flowName, state = [], tag, key, since, until } = options;
  return {
    ...(flowName === undefined ? {} : { flowName }),
    ...(tag === undefined ? {} : { tags: tag }),
    ...(key === undefined ? {} : { idempotencyKeyPrefix: key }),
    ...(since === undefined ? {} : { since: instantOf('--since', since, now) }),
    ...(until === undefined ? {} : { until: instantOf('--until', until, now) }),
    ...stateFilter(state),
  };
}

/** `2026-11-30`, `2026-11-30T14:00:00Z`, or how long ago: `2h`. */
function instantOf(option: string, text: string, now: number): number {
  const at = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(at)) return at;
  try {
    return now - parseDuration(text, option);
  } catch {
    throw new UsageError(
      `${option} takes a date such as 2026-11-30T14:00:00Z, or how long ago, such as 2h; not '${text}'.`,
    );
  }
}

/** All outermost runs that match, newest first. The list is complete before the first of them is changed. */
export async function matchingRuns(
  runs: Runs,
  options: RunFilterOptions,
  now: number,
): Promise<readonly FlowRunRecord[]> {
  const filter = { ...runFilter(options, now), parentFlowRunId: null };
  const onlyOrphaned = asksForOrphans(options.state);
  return await readFlowRuns(runs, filter, { max: Number.POSITIVE_INFINITY, onlyOrphaned });
}
