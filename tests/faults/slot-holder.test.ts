/** F40: a slot that a dead process held is free within its lease and one sweep, and no slot is ever given twice. */
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { Program } from '../processes/program.ts';
import { onEachStore } from './on-each-store.ts';

const slots = join(import.meta.dirname, 'programs/slots.ts');
const leaseMs = 1_500;

describe.each(['name', 'tag'])('a slot of a limit by %s', (limit) => {
  onEachStore('comes free when its holder is killed, and not before', async (sandbox) => {
    const env = { LEASE_MS: String(leaseMs), LIMIT: limit };
    await using holder = new Program(sandbox, slots, { env, arguments: ['hold'] });
    await holder.printed('inside');
    await using waiter = new Program(sandbox, slots, { env, arguments: ['wait'] });
    await waiter.printed('ready');
    // sleep: longer than the lease, because a holder that lives keeps it
    await new Promise((resolve) => setTimeout(resolve, leaseMs + 300));
    expect(waiter.stdout).not.toContain('inside');
    holder.kill('SIGKILL');
    const killedAt = Date.now();
    expect(await waiter.ended).toMatchObject({ code: 0, stderr: '' });
    // The lease, one sweep, and ample room for a busy machine; without a lease the slot would never come free.
    expect(Date.now() - killedAt).toBeLessThan(leaseMs + 20_000);
    const limits = await sandbox.reading((store) => store.read((transaction) => transaction.slots.listLimits({})));
    expect(limits.map(({ occupied }) => occupied)).toEqual([0]);
    expect(await sandbox.verify()).toEqual([]);
  });
});
