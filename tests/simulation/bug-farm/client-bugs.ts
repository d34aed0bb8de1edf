/** Faults in what the ledger does for runs that clients drive. */
import type { Ledger, Runs } from '@millrace/kernel';
import type { Bug } from '../peer-process.ts';

/** The ledger with some verbs for runs replaced. */
function withRuns(change: (runs: Runs) => Partial<Runs>): (ledger: Ledger) => Ledger {
  return (ledger) => ({ ...ledger, runs: { ...ledger.runs, ...change(ledger.runs) } });
}

export const clientBugs: readonly Bug[] = [
  {
    name: 'last-arrival-wins',
    about: 'A report counts as entered when it arrives: the last to arrive is the present state.',
    ledger: (ledger, world) =>
      withRuns((runs) => ({
        report: (reports) =>
          runs.report(reports.map((report) => ({ ...report, state: { ...report.state, at: world.now() } }))),
      }))(ledger),
  },
  {
    name: 'report-counted-twice',
    about: 'A report that arrives again is taken for another one.',
    ledger: (ledger, world) =>
      withRuns((runs) => ({
        report: (reports) =>
          runs.report(
            reports.map((report) => {
              const id = `${report.state.id} ${world.elapsedMs}`;
              return { ...report, state: { ...report.state, id } };
            }),
          ),
      }))(ledger),
  },
  {
    name: 'late-report-dropped',
    about: 'A report of a task run that has ended is dropped, also where the end was made for want of it.',
    ledger: withRuns((runs) => ({
      report: async (reports) => {
        const isOpen = await Promise.all(
          reports.map(async ({ run }) => ((await runs.taskRun(run.id))?.endAt ?? null) === null),
        );
        await runs.report(reports.filter((report, index) => isOpen[index] || report.columns.runCount === 0));
        return reports.map(() => 'newest');
      },
    })),
  },
  {
    name: 'client-run-claimable',
    about: 'The run of a client is recorded as one of the engine: a process that serves its flow takes it up.',
    ledger: withRuns((runs) => ({ enqueue: ({ driver: _, ...init }) => runs.enqueue(init) })),
  },
  {
    name: 'second-start-rejected',
    about:
      'The second start of a flow run is rejected and not aborted: its client goes on with the state that it is shown.',
    ledger: withRuns((runs) => ({
      propose: async (id, proposal) => {
        const verdict = await runs.propose(id, proposal);
        if (verdict.status !== 'ABORT' || verdict.rule !== 'start-once') return verdict;
        return { ...verdict, status: 'REJECT', changes: null, effects: [] };
      },
    })),
  },
];
