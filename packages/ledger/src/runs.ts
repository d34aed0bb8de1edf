/** Reads runs, and changes them for processes that do not own them. */
import { type FlowRunRecord, RunNotFound, type Runs } from '@millrace/kernel';
import type { OutcomeReader } from './holder/outcome-reader.ts';
import type { ActingSession, LedgerContext } from './state/ledger-context.ts';
import { amendFlowRun, amendTaskRun } from './use-cases/amend-run.ts';
import { enqueueRun } from './use-cases/enqueue-run.ts';
import { findOrphans } from './use-cases/find-orphans.ts';
import { findWaits } from './use-cases/find-waits.ts';
import { forkRun } from './use-cases/fork-run.ts';
import { proposeTaskRun } from './use-cases/propose-task-run.ts';
import { reconcileTaskRuns } from './use-cases/reconcile-task-runs.ts';
import { reportTaskRuns } from './use-cases/report-task-runs.ts';
import { proposeState } from './use-cases/propose-state.ts';
import { removeRun } from './use-cases/remove-run.ts';
import { findRun } from './use-cases/find-run.ts';
import { sendSignal } from './use-cases/send-signal.ts';

export interface RunsOptions {
  readonly session: ActingSession;
  readonly outcomes: OutcomeReader;
  /** Called when a run was changed from outside, which may be one of this very process. */
  readonly onChange: () => void;
}

export function createRuns(context: LedgerContext, { session, outcomes, onChange }: RunsOptions): Runs {
  const { store } = context;
  const flowRun = (id: string): Promise<FlowRunRecord | undefined> =>
    store.read((transaction) => findRun(transaction.flowRuns, id));
  const wholeId = async (id: string): Promise<string> => {
    const run = await flowRun(id);
    if (run === undefined) throw new RunNotFound({ runId: id });
    return run.id;
  };
  return {
    flowRun,
    taskRun: (id) => store.read((transaction) => findRun(transaction.taskRuns, id)),
    flowRuns: (filter) => store.read((transaction) => transaction.flowRuns.list(filter)),
    taskRuns: (filter) => store.read((transaction) => transaction.taskRuns.list(filter)),
    orphans: (records) => findOrphans(context, session, records),
    waits: (records) => findWaits(context, records),
    countTaskRuns: (filter) => store.read((transaction) => transaction.taskRuns.counts(filter)),
    outcome: (record) => outcomes.read(record),
    logs: (filter) => store.read((transaction) => transaction.logs.list(filter)),
    async enqueue(init) {
      const run = await enqueueRun(context, init);
      onChange();
      return run;
    },
    async propose(id, proposal) {
      const verdict = await proposeState(context, await wholeId(id), proposal);
      onChange();
      return verdict;
    },
    async proposeTask(id, proposal) {
      const verdict = await proposeTaskRun(context, id, proposal);
      onChange();
      return verdict;
    },
    async amend(id, patch) {
      const run = await amendFlowRun(context, await wholeId(id), patch);
      onChange();
      return run;
    },
    amendTask: (id, patch) => amendTaskRun(context, id, patch),
    report: (reports) => reportTaskRuns(context, reports),
    reconcile: (graceMs) => reconcileTaskRuns(context, graceMs),
    sendSignal: async (id, signal) => sendSignal(context, await wholeId(id), signal),
    fork: async (id, options) => forkRun(context, await wholeId(id), options),
    remove: async (id) => {
      const run = await flowRun(id);
      return run === undefined ? false : await removeRun(context, run.id);
    },
  };
}
