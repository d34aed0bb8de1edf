/** What runs need of the database: that it can be opened, holds to the rules, agrees about the time, and has no leftovers of dead processes. */
import { isMillraceError } from '@millrace/kernel';
import { verifyStore } from '@millrace/ledger';
import type { Store } from '@millrace/store';
import { durationText } from '../output/time-text.ts';
import { type Check, failure, ok, warning } from './check.ts';

const findingsMax = 20;
const leftoversMax = 100;
/** Leases and due times are the database's; a machine whose clock differs only shows odd times. */
const clockSkewMaxMs = 2_000;

/** What was wrong when the database was opened. */
export function openFailure(error: unknown): Check {
  const name = 'Database';
  if (isMillraceError(error)) return failure(name, error.code, error.message);
  return failure(
    name,
    error instanceof Error ? error.message : String(error),
    'Check MILLRACE_DATABASE_URL: `millrace config view` shows what is set.',
  );
}

/** Looks at an open database. */
export async function checkDatabase(store: Store, now: () => number): Promise<readonly Check[]> {
  return [
    ok('Database', `${store.location} is open and up to date`),
    await checkIntegrity(store),
    await checkClock(store, now),
    ...(await checkLeftovers(store)),
  ];
}

async function checkIntegrity(store: Store): Promise<Check> {
  const findings = await verifyStore(store, { findingsMax });
  if (findings.length === 0) return ok('Records', 'all hold to the rules');
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

async function checkLeftovers(store: Store): Promise<readonly Check[]> {
  const { live, expired, orphans } = await store.read(async ({ sessions, flowRuns }) => ({
    live: await sessions.live({ limit: leftoversMax }),
    expired: await sessions.expired(leftoversMax),
    orphans: await flowRuns.orphaned({ limit: leftoversMax }),
  }));
  return [
    expired.length === 0
      ? ok('Sessions', `${live.length} live, none expired`)
      : warning(
          'Sessions',
          `${count(expired.length)} of dead processes`,
          'The next run, `serve` or `flow-run ls` clears them up by itself.',
        ),
    orphans.length === 0
      ? ok('Orphans', 'no run without a process')
      : warning(
          'Orphans',
          `${count(orphans.length)} unfinished without a process, such as '${orphans[0]?.name}' of ${orphans[0]?.flowName}`,
          'A process that serves the flow goes on with them (millrace serve FILE), or: millrace flow-run resume ID FILE',
        ),
  ];
}

function count(found: number): string {
  return found === leftoversMax ? `${leftoversMax} or more` : String(found);
}
