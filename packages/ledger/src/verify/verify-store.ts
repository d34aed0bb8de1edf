/**
 * Holds a database to the invariants of Millrace: for `millrace db verify` and for the simulation. It only reads.
 *
 * I7 (schedules), I10, I11, I14 and I15 are not of these tables, or not to be seen in one look at them.
 */
import type { TaskRunRecord } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import { checkFlowRun } from './check-flow-run.ts';
import { checkRun } from './check-run.ts';
import type { Finding } from './finding.ts';
import { readAll } from './read-all.ts';

/** How strictly to look, and for how much. */
export interface VerifyOptions {
  /**
   * `report`: an unfinished run whose process is gone is a finding. Default `ignore`: a process that serves its flow, or
   * the same script started again, takes it up.
   */
  readonly orphans?: 'report' | 'ignore';
  /** Findings after which it stops (default 1,000). */
  readonly findingsMax?: number;
}

const findingsDefaultMax = 1_000;

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
  const { orphans = 'ignore', findingsMax = findingsDefaultMax } = options;
  const findings: Finding[] = [];
  const find = (finding: Finding): void => {
    if (findings.length < findingsMax) findings.push(finding);
  };
  await verifyFlowRuns(store, orphans === 'report', find);
  await verifyTaskRuns(store, find);
  await verifyLimits(store, find);
  return findings;
}

type Find = (finding: Finding) => void;

async function verifyFlowRuns(store: Store, reportOrphans: boolean, find: Find): Promise<void> {
  const live = await store.read(({ sessions }) => sessions.live({ limit: 1_000 }));
  const liveSessions = new Set(live.map(({ id }) => id));
  await readAll({
    list: (page) => store.read(({ flowRuns }) => flowRuns.list(page)),
    find,
    each: async (run) => {
      for (const finding of checkRun(run)) find(finding);
      try {
        const found = await store.read((transaction) =>
          checkFlowRun(transaction, { run, liveSessions, reportOrphans }),
        );
        for (const finding of found) find(finding);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        find({ invariant: 'I13', runId: run.id, message: `its children can't be read: ${reason}` });
      }
    },
  });
}

async function verifyTaskRuns(store: Store, find: Find): Promise<void> {
  await readAll<TaskRunRecord>({
    list: (page) => store.read(({ taskRuns }) => taskRuns.list(page)),
    find,
    each: (run) => {
      for (const finding of checkRun(run)) find(finding);
    },
  });
}

/** I8: what is held is no more than the limit. A limit that was lowered shows here until enough has been given back. */
async function verifyLimits(store: Store, find: Find): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const page = after === undefined ? {} : { after };
    const limits = await store.read(({ slots }) => slots.listLimits({ limit: 500, ...page }));
    for (const { name, active, limit, occupied } of limits) {
      if (!active || occupied <= limit) continue;
      find({ invariant: 'I8', runId: name, message: `${occupied} slots of limit '${name}' are held; it is ${limit}` });
    }
    after = limits.at(-1)?.name;
    if (after === undefined || limits.length < 500) return;
  }
}
