/** Law 4's second door: any order and any repetition of the same reports gives the same record. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stateIdOf } from '../ids/state-id.ts';
import type { TaskRunRecord } from '../runs/task-run.ts';
import { cancelled, crashed, failed, pending, plainNames, running } from '../states/constructors.ts';
import { isTerminal } from '../states/predicates.ts';
import { StateType } from '../states/state.ts';
import { applyChanges } from './changes.ts';
import { decide } from './decide.ts';
import { exampleRun } from './example-run.ts';
import { historyMax, stateDataLengthMax } from './recorded-state.ts';
import { mergeReport, reconciledBy, type TaskRunReport } from './report.ts';

const runId = '01939f2a-6c1e-7b1c-9a55-0c7a6f1e2000';
const start = 1_790_000_000_000;

const run: TaskRunReport['run'] = {
  id: runId,
  flowRunId: '01939f2a-6c1e-7b1c-9a55-0c7a6f1e3000',
  parentTaskRunId: null,
  taskKey: 'load-1a2b',
  dynamicKey: '0',
  replayKey: 'load-1a2b/0',
  createdAt: start,
  tags: ['nightly'],
  retryPolicy: null,
  details: null,
};

/** A report of the kind that a Python process sends: whole columns with each state. */
function report(number: number, type: StateType, at: number, message: string | null = null): TaskRunReport {
  const isEnd = isTerminal({ type });
  return {
    run,
    state: { id: `0000-${String(number).padStart(4, '0')}`, type, name: plainNames[type], at, message, details: null },
    columns: {
      name: `load-${number}`,
      runCount: number,
      flowRunCount: 1,
      startAt: start,
      endAt: isEnd ? at : null,
      runTimeMs: number,
      inputs: [],
      cacheKey: null,
    },
  };
}

/** The order of states with one instant. */
const ranks: Readonly<Record<StateType, number>> = {
  SCHEDULED: 0,
  PENDING: 0,
  RUNNING: 1,
  PAUSED: 1,
  CANCELLING: 1,
  COMPLETED: 2,
  FAILED: 2,
  CANCELLED: 2,
  CRASHED: 2,
};

/** Few instants, so that many reports have the same. */
const reports = fc
  .array(fc.record({ type: fc.constantFrom(...Object.values(StateType)), afterMs: fc.nat({ max: 5 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((all) => all.map(({ type, afterMs }, number) => report(number, type, start + afterMs)));

const inAnyOrder = reports.chain((all) =>
  fc.record({
    all: fc.constant(all),
    // Each at least once.
    order: fc
      .array(fc.nat({ max: all.length - 1 }), { maxLength: 12 })
      .chain((again) => fc.shuffledSubarray([...all.keys(), ...again], { minLength: all.length + again.length })),
  }),
);

function merged(record: TaskRunRecord | null, all: readonly TaskRunReport[]): TaskRunRecord {
  const last = all.reduce<TaskRunRecord | null>((before, one) => mergeReport(before, one).record, record);
  return last ?? expect.unreachable();
}

/** A run that the API made: its first state was decided here, and its id follows from its ordinal. */
function created(at: number): TaskRunRecord {
  const { record } = mergeReport(null, report(0, StateType.Pending, at));
  return { ...record, state: pending(at), history: [] };
}

function propose(record: TaskRunRecord, state: TaskRunRecord['state']): TaskRunRecord {
  const run = exampleRun('task', record.state, { runCount: record.runCount, flowStateType: null, holder: 'none' });
  const verdict = decide(run, { state, by: 'service' }, { now: state.at, random: () => 0 });
  if (verdict.status !== 'ACCEPT') return expect.unreachable(JSON.stringify(verdict));
  const after = { ...record, history: [...record.history] };
  applyChanges(after, verdict.changes);
  return after;
}

/** Ends the run because its flow run has ended, as the ledger does. */
function reconcile(record: TaskRunRecord): TaskRunRecord {
  const ending = record.state.type === StateType.Cancelling ? cancelled : crashed;
  const state = ending(start + 3, 'The flow run ended.', reconciledBy(record));
  return propose(record, { ...state, id: 'made-to-reconcile' });
}

describe('mergeReport', () => {
  it('gives the same record for every order and every repetition of the same reports', () => {
    fc.assert(
      fc.property(inAnyOrder, ({ all, order }) => {
        const arrived = order.map((index) => all[index] ?? expect.unreachable());
        expect(merged(null, arrived)).toEqual(merged(null, all));
      }),
    );
  });

  it('does so over a run that was created here, whatever the clock of the reporter says', () => {
    fc.assert(
      fc.property(inAnyOrder, ({ all, order }) => {
        const arrived = order.map((index) => all[index] ?? expect.unreachable());
        expect(merged(created(start + 2), arrived)).toEqual(merged(created(start + 2), all));
      }),
    );
  });

  it('does so after the run was reconciled, and then the state that reconciled it is gone without a trace', () => {
    fc.assert(
      fc.property(inAnyOrder, fc.nat({ max: 10 }), ({ all, order }, knownCount) => {
        const known = [report(90, StateType.Running, start + 1), ...all.slice(0, Math.min(knownCount, all.length - 1))];
        const before = merged(null, known);
        if (isTerminal(before.state)) return;
        const ended = reconcile(before);
        expect(ended.endAt).toBe(ended.state.at);
        const arrived = order.map((index) => all[index] ?? expect.unreachable());
        expect(merged(ended, arrived)).toEqual(merged(null, [...known, ...all]));
      }),
    );
  });

  it('keeps every state in the order of its instants, the newest as the present one with its columns', () => {
    fc.assert(
      fc.property(reports, (all) => {
        const record = merged(null, all);
        const sorted = [...all].sort(
          ({ state: a }, { state: b }) => a.at - b.at || ranks[a.type] - ranks[b.type] || (a.id < b.id ? -1 : 1),
        );
        const newest = sorted.at(-1) ?? expect.unreachable();
        expect([...record.history, record.state].map(({ id }) => id)).toEqual(sorted.map(({ state }) => state.id));
        expect(record).toMatchObject(newest.columns);
        expect(record).toMatchObject(run);
      }),
    );
  });

  it('changes nothing for a report that the record has', () => {
    const one = report(1, StateType.Running, start + 5);
    const record = merged(null, [report(0, StateType.Pending, start), one, report(2, StateType.Completed, start + 9)]);
    expect(mergeReport(record, one)).toEqual({ record, position: 'known' });
    expect(mergeReport(record, report(2, StateType.Completed, start + 9)).record).toBe(record);
  });

  it('leaves the present state and the columns as they are for a report that is older', () => {
    const record = merged(null, [report(2, StateType.Completed, start + 9)]);
    const after = mergeReport(record, report(1, StateType.Running, start + 5));
    expect(after.position).toBe('older');
    expect(after.record).toMatchObject({ endAt: start + 9, runCount: 2, name: 'load-2', state: { id: '0000-0002' } });
    expect(after.record.history.map(({ id }) => id)).toEqual(['0000-0001']);
  });

  it('does not change the record that it is given', () => {
    const record = merged(null, [report(0, StateType.Pending, start), report(1, StateType.Running, start + 5)]);
    const copy = structuredClone(record);
    mergeReport(record, report(2, StateType.Completed, start + 3));
    mergeReport(record, report(3, StateType.Completed, start + 9));
    expect(record).toEqual(copy);
  });

  it('keeps a reconciled end until a report comes, and gives its columns back', () => {
    const before = merged(null, [report(1, StateType.Running, start + 1)]);
    const ended = reconcile(before);
    expect(ended).toMatchObject({ state: { type: 'CRASHED' }, endAt: start + 3, runTimeMs: 3 });
    const known = mergeReport(ended, report(1, StateType.Running, start + 1));
    expect(known.record.state.type).toBe('CRASHED');
    // The end that was reported late is older than the one that was made here.
    const late = mergeReport(ended, report(2, StateType.Completed, start + 2));
    expect(late).toMatchObject({
      position: 'newest',
      record: { state: { type: 'COMPLETED' }, endAt: start + 2, runTimeMs: 2 },
    });
    expect(late.record.history).toHaveLength(1);
  });

  it('keeps the ids of what was decided here, whatever is reported between', () => {
    fc.assert(
      fc.property(inAnyOrder, ({ all, order }) => {
        const decided = propose(created(start + 2), running(start + 4));
        const arrived = order.map((index) => all[index] ?? expect.unreachable());
        const record = merged(decided, arrived);
        const own = [...record.history, record.state].filter(({ id }) => id === undefined);
        expect(own.map(({ ordinal = 0 }) => stateIdOf(runId, ordinal))).toEqual([
          stateIdOf(runId, 0),
          stateIdOf(runId, 1),
        ]);
      }),
    );
  });

  it('keeps the first state and the newest of more than fit, and the ordinals of those decided here', () => {
    const count = historyMax + 100;
    const all = Array.from({ length: count }, (_, number) => report(number, StateType.Running, start + number));
    const inOrder = merged(null, all);
    expect(inOrder.history).toHaveLength(historyMax);
    expect(inOrder.history[0]?.id).toBe('0000-0000');
    expect(inOrder.history[1]?.id).toBe(`0000-0${count - historyMax}`);
    expect(merged(null, [...all].reverse())).toEqual(inOrder);
    const halves = [...all.filter((_, index) => index % 2 === 1), ...all.filter((_, index) => index % 2 === 0)];
    expect(merged(null, [...halves, ...all])).toEqual(inOrder);
    const ended = propose(inOrder, failed(start + count, { message: 'boom' }));
    const ordinal = ended.state.ordinal ?? expect.unreachable();
    const after = merged(ended, [report(count + 1, StateType.Running, start + count - 0.5)]);
    expect(after.state).toMatchObject({ type: 'FAILED', ordinal });
    expect(after.history).toHaveLength(historyMax);
  });

  it('leaves out data that is too large, and says how large it was', () => {
    const { run: same, state, columns } = report(0, StateType.Completed, start);
    const large = 'x'.repeat(stateDataLengthMax);
    const { record } = mergeReport(null, { run: same, columns, state: { ...state, data: large } });
    expect(record.state).toMatchObject({ details: { dataOmitted: stateDataLengthMax + 2 } });
    expect(record.state.data).toBeUndefined();
    const { record: small } = mergeReport(null, {
      run: same,
      columns,
      state: { ...state, data: { type: 'reference' } },
    });
    expect(small.state.data).toEqual({ type: 'reference' });
  });
});
