/** Checks of the database: it opens, its records keep the rules, its clock agrees, and no dead process left sessions or runs behind. */
import { durationText, readFlowRuns } from '@millrace/views';
import { describeValue, isMillraceError, type Orphan, type Runs, unfinishedTypes } from '@millrace/kernel';
import { verifyWithCounts } from '@millrace/ledger/verify';
import { isProcessAlive } from '@millrace/local';
import type { SessionRecord, Store } from '@millrace/store';
import { oneLine } from '../output/text-width.ts';
import { type Check, failure, ok, warning } from './check.ts';

const findingsMax = 20;
/** Checking every row of a large database takes minutes, so that is left to `db verify`. */
const rowsMax = 200;
const leftoversMax = 100;
const runsMax = 1_000;
const flowsNamedMax = 3;
/** Leases and due times use the database's clock; a skewed clock here only makes displayed times wrong. */
const clockSkewMaxMs = 2_000;

/** The check that failed because the database could not be opened. */
export function openFailure(error: unknown): Check {
  const name = 'Database';
  if (isMillraceError(error)) return failure(name, error.code, error.message);
  return failure(
    name,
    error instanceof Error ? error.message : describeValue(error),
    'Check MILLRACE_DATABASE_URL: `millrace config view` shows what is set.',
  );
}

const poolerCheck = ok(
  'Pooler',
  'there is one between this process and the server: changes by other processes are noticed by polling, up to half a second later',
);

/** Checks an open database. */
export async function checkDatabase(
  store: Store,
  { runs, now }: { readonly runs: Runs; readonly now: () => number },
): Promise<readonly Check[]> {
  return [
    ok('Database', `${store.location} is open and up to date`),
    ...(store.isPooled ? [poolerCheck] : []),
    await checkIntegrity(store),
    await checkClock(store, now),
    ...(await checkLeftovers(store, runs)),
  ];
}

async function checkIntegrity(store: Store): Promise<Check> {
  const { findings, counts } = await verifyWithCounts(store, { findingsMax, rowsMax });
  const isAll = counts.flowRuns < rowsMax && counts.taskRuns < rowsMax;
  const which = isAll ? 'all' : 'the newest and the unfinished';
  if (findings.length === 0)
    return ok('Records', `${which} keep the rules${isAll ? '' : ': `millrace db verify` checks the others too'}`);
  const count = findings.length === findingsMax ? `${findingsMax} or more` : String(findings.length);
  return failure(
    'Records',
    `${count} break a rule, such as: ${findings[0]?.message ?? ''}`,
    '`millrace db verify` lists them.',
  );
}

async function checkClock(store: Store, now: () => number): Promise<Check> {
  const before = now();
  const there = await store.read((transaction) => transaction.now());
  const here = (before + now()) / 2;
  const skew = Math.abs(there - here);
  if (skew <= clockSkewMaxMs)
    return ok(
      'Clock',
      store.dialect === 'sqlite'
        ? "the database's is this machine's"
        : `within ${durationText(skew)} of the database's`,
    );
  return warning(
    'Clock',
    `${durationText(skew)} ${there > here ? 'behind' : 'ahead of'} the database's`,
    'Let both machines keep their time by NTP. Leases and due times go by the database.',
  );
}

async function checkLeftovers(store: Store, runs: Runs): Promise<readonly Check[]> {
  const { dead, liveCount, lost } = await readLeftovers(store);
  return [
    dead.length === 0
      ? ok('Sessions', `${liveCount} live, none expired`)
      : warning(
          'Sessions',
          `${count(dead.length)} of dead processes`,
          'A serving process cleans them up, or: millrace flow-run sweep',
        ),
    checkOrphans(lost, await orphansOf(runs)),
  ];
}

/** @param lost ids of runs whose session has ended, including runs older than those in `seen` */
function checkOrphans(lost: readonly string[], seen: ReadonlyMap<string, OrphanedRun>): Check {
  const ids = [...new Set([...seen.keys(), ...lost])];
  const [first] = ids;
  if (first === undefined) return ok('Orphans', 'no run without a process');
  const unserved = [...seen.values()].filter(({ orphan }) => !orphan.takers.includes('serve'));
  const flows = [...new Set(unserved.map(({ flowName }) => `'${oneLine(flowName)}'`))];
  const more = flows.length > flowsNamedMax ? ` and ${flows.length - flowsNamedMax} more` : '';
  const whose = flows.length === 0 ? '' : `; no process serves ${flows.slice(0, flowsNamedMax).join(', ')}${more}`;
  return warning(
    'Orphans',
    `${count(ids.length)} unfinished without a process, such as ${first}${whose}`,
    'A process that serves the flow continues them (millrace serve FILE), or: millrace flow-run resume ID FILE. ' +
      'millrace flow-run ls --state Orphaned lists them.',
  );
}

interface OrphanedRun {
  readonly flowName: string;
  readonly orphan: Orphan;
}

/** The orphans among the newest unfinished outermost runs, as `flow-run ls` shows them. */
async function orphansOf(runs: Runs): Promise<ReadonlyMap<string, OrphanedRun>> {
  const open = await readFlowRuns(runs, { parentFlowRunId: null, stateTypes: unfinishedTypes }, { max: runsMax });
  const orphans = await runs.orphans(open);
  const seen = new Map<string, OrphanedRun>();
  for (const { id, flowName } of open) {
    const orphan = orphans.get(id);
    if (orphan !== undefined) seen.set(id, { flowName, orphan });
  }
  return seen;
}

interface Leftovers {
  readonly dead: readonly SessionRecord[];
  readonly liveCount: number;
  /** Ids of outermost runs. */
  readonly lost: readonly string[];
}

/** A process of this machine counts as dead as soon as it has ended; any other when its lease has expired. */
async function readLeftovers(store: Store): Promise<Leftovers> {
  return await store.read(async ({ sessions, flowRuns }) => {
    const open = await sessions.live({ limit: 1_000 });
    const gone = open.filter((session) => !isProcessAlive(processOf(session)));
    const lost = new Set((await flowRuns.orphaned({ limit: leftoversMax })).map(({ id }) => id));
    for (const { id } of gone) {
      const held = await flowRuns.heldBy(id, { limit: leftoversMax });
      for (const run of held) if (run.parentFlowRunId === null) lost.add(run.id);
    }
    const dead = [...gone, ...(await sessions.expired(leftoversMax))];
    return { dead, liveCount: open.length - gone.length, lost: [...lost] };
  });
}

function processOf({ host, bootId, pid, pidStartedAt }: SessionRecord): Parameters<typeof isProcessAlive>[0] {
  return {
    host,
    bootId: bootId === '' ? null : bootId,
    pid,
    pidStartedAt: pidStartedAt === '' ? null : Number(pidStartedAt),
  };
}

function count(found: number): string {
  return found >= leftoversMax ? `${leftoversMax} or more` : String(found);
}
