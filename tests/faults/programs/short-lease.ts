/**
 * The engine of the programs beside it: with leases of LEASE_MS milliseconds, so that no test waits for the 15 s of a real one, and
 * with IN_MEMORY_MAX runs that wait in memory; where none is said, each is evicted.
 * Imported before 'millrace', as who provides the engine first wins.
 */
import { provideRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';

const leaseMs = Number(process.env['LEASE_MS'] ?? 15_000);
provideRuntime(() =>
  openEngine({
    timing: { leaseMs, heartbeatMs: leaseMs / 5, pollMs: 100 },
    engine: { pollMs: 100, cancelGraceMs: 1_000, idleTreesMax: Number(process.env['IN_MEMORY_MAX'] ?? 0) },
  }),
);
