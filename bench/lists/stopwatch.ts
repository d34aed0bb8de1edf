/**
 * How long a list takes: on the clock, and in time of the processor, which a busy machine does not stretch.
 *
 * The processor's time is that of this process and, on PostgreSQL, of the server's processes that read for it (Linux, same machine).
 */
import { existsSync, readFileSync } from 'node:fs';
import pg from 'pg';

export interface Took {
  readonly ms: number;
  readonly processorMs: number;
}

export interface Stopwatch {
  time(work: () => Promise<unknown>): Promise<Took>;
  close(): Promise<void>;
}

/** A stopwatch for the stores that this process has open at this address. */
export async function stopwatchOf(url: string): Promise<Stopwatch> {
  const client = url.startsWith('sqlite:') ? undefined : new pg.Client({ connectionString: url });
  await client?.connect();
  const servers = async (): Promise<ReadonlyMap<number, number>> => {
    const sql = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'millrace reader%'";
    const { rows } = (await client?.query(sql)) ?? { rows: [] };
    return new Map(rows.map(({ pid }) => [Number(pid), processorMsOf(Number(pid))]));
  };
  return {
    async time(work) {
      const before = await servers();
      const [own, startedAt] = [process.cpuUsage(), performance.now()];
      await work();
      const ms = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(own);
      let processorMs = (user + system) / 1_000;
      for (const [pid, total] of await servers()) processorMs += total - (before.get(pid) ?? 0);
      return { ms, processorMs };
    },
    close: async () => client?.end(),
  };
}

function processorMsOf(pid: number): number {
  const path = `/proc/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6 : 0;
}
