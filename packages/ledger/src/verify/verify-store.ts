/**
 * Checks a database against the invariants of Millrace, for `millrace db verify` and for the simulation. It only reads, in pages, so that
 * neither its memory nor its effect on other processes grows with the database.
 *
 * I7 (schedules), I10, I11, I14 and I15 are about other tables, or can't be checked in one pass. Nor can I12 (no gap in a log), because
 * retention and lost commits leave legal gaps.
 */
import { type FlowRunRecord, isTerminal, type TaskRunRecord, unfinishedTypes } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { checkFlowRun } from './check-flow-run.ts';
import { checkTaskHolder } from './check-holder.ts';
import { checkLimit } from './check-limits.ts';
import { checkRun } from './check-run.ts';
import { type Finding, Findings } from './finding.ts';
import { readAll, reasonOf } from './read-all.ts';

/** How strictly to look, and for how much. */
export interface VerifyOptions {
  /**
   * `report`: an unfinished run whose process is gone is a finding. Default `ignore`: a process that serves its flow, or
   * the same script started again, takes it up.
   */
  readonly orphans?: 'report' | 'ignore';
  /** Findings after which it stops (default 1,000). */
  readonly findingsMax?: number;
  /** How many flow runs and task runs it looks at, the newest first, and how many more that are unfinished; default: all there are. */
  readonly rowsMax?: number;
  /** Called after each page with the rows looked at so far: a large database takes minutes. */
  readonly onProgress?: (counts: Verification['counts']) => void;
}

/** The rows that were checked, and the findings. */
export interface Verification {
  readonly findings: readonly Finding[];
  /** Rows looked at. */
  readonly counts: { readonly flowRuns: number; readonly taskRuns: number; readonly limits: number };
  /** False = it stopped at `findingsMax`: there may be more. */
  readonly complete: boolean;
}

const findingsDefaultMax = 1_000;
const limitsPageSize = 500;

/**
 * Looks for broken invariants.
 *
 * @param store the database; nothing in it is changed.
 * @param options what counts as a finding, and how many are enough.
 * @returns the findings; none = all holds.
 * @example
 * for (const { invariant, runId, message } of await verifyStore(store)) console.log(invariant, runId, message);
 */
export async function verifyStore(store: Store, options: VerifyOptions = {}): Promise<readonly Finding[]> {
  return (await verifyWithCounts(store, options)).findings;
}

/**
 * As `verifyStore`, and counts the rows that were checked.
 *
 * @param store the database; nothing in it is changed.
 * @param options what counts as a finding, and how many are enough.
 * @returns the findings, the rows looked at, and whether that was all of them.
 * @example
 * const { counts, findings } = await verifyWithCounts(store);
 * console.log(`${counts.flowRuns} flow runs, ${findings.length} findings`);
 */
export async function verifyWithCounts(store: Store, options: VerifyOptions = {}): Promise<Verification> {
  const { orphans = 'ignore', findingsMax = findingsDefaultMax, rowsMax = Number.POSITIVE_INFINITY } = options;
  const counts = { flowRuns: 0, taskRuns: 0, limits: 0 };
  const looked = (kind: keyof typeof counts, rows: number): void => {
    counts[kind] += rows;
    options.onProgress?.(counts);
  };
  const findings = new Findings(findingsMax);
  const check: Check = { store, reportOrphans: orphans === 'report', findings, rowsMax, looked };
  await verifyFlowRuns(check, {});
  if (Number.isFinite(rowsMax)) await verifyFlowRuns(check, { stateTypes: unfinishedTypes });
  await verifyTaskRuns(check);
  await verifyLimits(check);
  return { findings: check.findings.list, counts, complete: !check.findings.full };
}

interface Check {
  readonly store: Store;
  readonly reportOrphans: boolean;
  readonly findings: Findings;
  readonly rowsMax: number;
  readonly looked: (kind: keyof Verification['counts'], rows: number) => void;
}

async function verifyFlowRuns(check: Check, filter: { readonly stateTypes?: readonly string[] }): Promise<void> {
  const { store, reportOrphans, findings, rowsMax, looked } = check;
  await readAll<FlowRunRecord>({
    store,
    table: 'flow_run',
    list: ({ flowRuns }, page) => flowRuns.list({ ...page, ...filter }),
    findings,
    rowsMax,
    onPage: (rows) => looked('flowRuns', rows),
    each: async (run) => {
      findings.add(...checkRun(run));
      try {
        findings.add(...(await store.read((transaction) => checkFlowRun(transaction, { run, reportOrphans }))));
      } catch (error) {
        findings.add({ invariant: 'I13', runId: run.id, message: `its children can't be read: ${reasonOf(error)}` });
      }
    },
  });
}

async function verifyTaskRuns({ store, reportOrphans, findings, rowsMax, looked }: Check): Promise<void> {
  await readAll<TaskRunRecord>({
    store,
    table: 'task_run',
    list: ({ taskRuns }, page) => taskRuns.list(page),
    findings,
    rowsMax,
    onPage: (rows) => looked('taskRuns', rows),
    each: async (run) => {
      findings.add(...checkRun(run));
      if (isTerminal(run.state)) return;
      findings.add(...(await store.read((transaction) => checkTaskHolder(transaction, { run, reportOrphans }))));
    },
  });
}

async function verifyLimits({ store, findings, looked }: Check): Promise<void> {
  let after: string | undefined;
  while (!findings.full) {
    const page = { limit: limitsPageSize, ...(after === undefined ? {} : { after }) };
    const limits = await store.read(({ slots }) => slots.listLimits(page));
    for (const usage of limits) {
      findings.add(...(await store.read((transaction) => checkLimit(transaction, usage))));
    }
    looked('limits', limits.length);
    after = limits.at(-1)?.name;
    if (limits.length < limitsPageSize) break;
  }
}
