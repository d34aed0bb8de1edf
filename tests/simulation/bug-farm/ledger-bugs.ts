/** Faults of the ledger: its answers to the engine differ from the record, or come too soon. */
import type { Claim, Execution, Ledger, RecordedChildren, TaskRunRecord } from '@millrace/kernel';
import type { Bug } from '../peer-process.ts';

type Over<T> = { readonly [K in keyof T]?: T[K] };

/** An object like the other but for what `over` replaces. */
function like<T extends object>(original: T, over: Over<T>): T {
  return new Proxy(original, {
    get(target, name) {
      const value: unknown = Reflect.get(name in over ? over : target, name);
      return typeof value === 'function' && !(name in over) ? value.bind(target) : value;
    },
  });
}

/** Every execution is given out changed. */
function executions(change: (execution: Execution) => Execution): (ledger: Ledger) => Ledger {
  const changed = (claim: Claim): Claim =>
    claim.status === 'claimed' ? { status: 'claimed', execution: change(claim.execution) } : claim;
  return (ledger) => ({
    ...ledger,
    beginFlowRun: (init) => change(ledger.beginFlowRun(init)),
    claimByKey: async (init) => changed(await ledger.claimByKey(init)),
    claimById: async (id, move) => changed(await ledger.claimById(id, move)),
  });
}

/** The children of an earlier execution are given out changed. */
function recorded(change: (children: RecordedChildren) => Over<RecordedChildren>): (ledger: Ledger) => Ledger {
  return executions((execution) => {
    let known: RecordedChildren | null = null;
    let shown: RecordedChildren | null = null;
    return new Proxy(execution, {
      get(target, name) {
        if (name === 'recorded') {
          const children = target.recorded;
          if (known !== children || shown === null) shown = like(children, change(children));
          known = children;
          return shown;
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  });
}

export const ledgerBugs: readonly Bug[] = [
  {
    name: 'settles-before-commit',
    about: 'What is queued counts as durable.',
    ledger: executions((execution) => like(execution, { committed: async () => undefined })),
  },
  {
    name: 'replay-by-position',
    about: 'The n-th call is given what the n-th call was given before, whatever it was.',
    ledger: recorded((children) => {
      const byCall: string[] = [];
      return {
        task: (key) => {
          const name = key.split('\n')[0] ?? key;
          byCall.push(name);
          const found = children.task(key);
          if (found === undefined || found.state.type !== 'COMPLETED') return found;
          return byCall.length % 2 === 0 ? (lastCompleted.get(found.taskKey) ?? remember(found)) : remember(found);
        },
      };
    }),
  },
  {
    name: 'retry-count-reset',
    about: 'A task taken up after a crash has all its retries again.',
    ledger: recorded((children) => ({
      task: (key) => {
        const found = children.task(key);
        if (found !== undefined && found.state.type !== 'COMPLETED' && found.runCount > 0) {
          found.runCount = 0;
          found.history = [];
        }
        return found;
      },
    })),
  },
  {
    name: 'newest-child-unseen',
    about: 'The children are read from a moment ago: what was completed last is not among them.',
    ledger: recorded((children) => ({
      task: (key) => {
        const found = children.task(key);
        const isLate = found?.state.type === 'COMPLETED' && key.length % 3 === 0;
        return isLate ? undefined : found;
      },
    })),
  },
  {
    name: 'abandoned-children-left',
    about: 'Children that are no longer called stay unfinished under a finished parent.',
    ledger: executions((execution) => {
      const seen = execution.recorded;
      if ('abandoned' in seen) Object.assign(seen, { abandoned: () => ({ tasks: [], flows: [] }) });
      return execution;
    }),
  },
  {
    name: 'signal-lost-at-crash',
    about: 'A signal that was taken before the crash is not given again after it.',
    ledger: executions((execution) =>
      like(execution, {
        takeSignal: async (record, name) => {
          const had = [...record.history, record.state].some(({ details }) => details?.signalId !== undefined);
          return had ? undefined : await execution.takeSignal(record, name);
        },
      }),
    ),
  },
  {
    name: 'double-slot',
    about: 'Every other holder of a slot is not counted.',
    ledger: (ledger, world) => ({
      ...ledger,
      limits: {
        ...ledger.limits,
        acquire: async (request) => {
          const answer = await ledger.limits.acquire(request);
          return answer.status === 'full' && world.random.chance(0.5) ? { status: 'unlimited' } : answer;
        },
      },
    }),
  },
  {
    name: 'no-single-flight',
    about: 'Whoever finds a cache key busy computes it too.',
    ledger: (ledger) => ({
      ...ledger,
      cache: {
        ...ledger.cache,
        claim: async (key, options) => {
          const answer = await ledger.cache.claim(key, options);
          return answer.status === 'busy' ? { status: 'claimed', leaseId: 'nobody' } : answer;
        },
      },
    }),
  },
  {
    name: 'ended-taken-up',
    about: 'A run that has ended is run again when its key is asked for.',
    ledger: (ledger) => ({
      ...ledger,
      claimByKey: async (init) => {
        const claim = await ledger.claimByKey(init);
        return claim.status === 'ended' ? await ledger.claimById(claim.run.id, 'retry') : claim;
      },
      claimable: async (names, limit) => {
        const found = await ledger.claimable(names, limit);
        const ended = await ledger.runs.flowRuns({ stateTypes: ['FAILED'], parentFlowRunId: null, limit: 1 });
        return [...found, ...ended];
      },
      claimById: (id, move) => ledger.claimById(id, move === 'recover' ? 'retry' : move),
    }),
  },
  {
    name: 'two-runs-of-a-key',
    about: 'A start under a key that is recorded begins another run.',
    ledger: (ledger) => ({
      ...ledger,
      claimByKey: async ({ idempotencyKey, ...init }) => ({
        status: 'claimed',
        execution: ledger.beginFlowRun({ ...init, idempotencyKey: `${idempotencyKey} ${init.id}` }),
      }),
    }),
  },
  {
    name: 'due-time-dropped',
    about: 'A parked run does not record when it is due.',
    ledger: executions((execution) =>
      like(execution, { park: (request) => execution.park({ ...request, wakeAt: null }) }),
    ),
  },
  {
    name: 'cancel-unheard',
    about: 'The process that runs a run never receives its cancellation.',
    ledger: executions((execution) =>
      like(execution, {
        onInterrupt: (listener) =>
          execution.onInterrupt((interrupt) => {
            if (interrupt.kind !== 'cancel') listener(interrupt);
          }),
      }),
    ),
  },
  {
    name: 'crashed-though-served',
    about: 'The sweep ends orphans as Crashed even where somebody serves their flow.',
    ledger: (ledger) => ({
      ...ledger,
      sweep: async () => {
        await ledger.announce(['something-else']);
        // A simulation is over before an orphan's grace is.
        const swept = await ledger.sweep({ olderThanMs: 0 });
        await ledger.announce(['program']);
        return swept;
      },
    }),
  },
  {
    name: 'look-sweeps',
    about: 'A look for orphans ends what it finds.',
    ledger: (ledger) => ({
      ...ledger,
      runs: like(ledger.runs, {
        orphans: async (records) => {
          await ledger.sweep({ olderThanMs: 0 });
          return await ledger.runs.orphans(records);
        },
      }),
    }),
  },
];

const lastCompleted = new Map<string, TaskRunRecord>();

function remember(record: TaskRunRecord): TaskRunRecord {
  lastCompleted.set(record.taskKey, record);
  return record;
}
