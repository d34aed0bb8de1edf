/**
 * Checks invariant I8: the slots held of a limit are no more than the limit, and their holders exist. A limit that was lowered is reported
 * until enough slots are released.
 */
import { isTerminal } from '@millrace/kernel';
import type { LimitUsage, SlotHolder, Transaction } from '@millrace/store';
import type { Finding } from './finding.ts';

/** Holders looked at, a limit. */
const holdersMax = 1_000;
/** A run gives its slots back after its end is recorded; where that failed it is tried again. */
const giveBackMs = 10 * 60_000;

export async function checkLimit(transaction: Transaction, usage: LimitUsage): Promise<readonly Finding[]> {
  const { name, active, limit, occupied } = usage;
  const findings: Finding[] = [];
  if (active && occupied > limit) {
    const message = `${occupied} slots of limit '${name}' are held; it is ${limit}`;
    findings.push({ invariant: 'I8', runId: name, message });
  }
  if (occupied === 0) return findings;
  const now = await transaction.now();
  for (const holder of await transaction.slots.holders(name, holdersMax)) {
    const problem = await problemOf(transaction, holder, now);
    if (problem !== undefined)
      findings.push({ invariant: 'I8', runId: holder.holderId ?? name, message: `${problem}: '${name}'` });
  }
  return findings;
}

async function problemOf(transaction: Transaction, holder: SlotHolder, now: number): Promise<string | undefined> {
  const { holderId, occupy, sessionId, leaseUntil, expiresAt } = holder;
  if (occupy < 1) return `it holds ${occupy} slots of a limit`;
  // A client's slot ends by its own lease, and an anonymous one by a decrement.
  if (expiresAt !== null || leaseUntil !== null || holderId === null) return undefined;
  if (sessionId === null) return 'no process holds its slot of a limit, so no process gives it back';
  const run = (await transaction.flowRuns.get(holderId)) ?? (await transaction.taskRuns.get(holderId));
  if (run === undefined || !isTerminal(run.state) || run.state.at > now - giveBackMs) return undefined;
  return 'it has ended and still holds a slot of a limit';
}
