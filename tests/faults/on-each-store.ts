/** A fault's tests run on both stores: on PostgreSQL when a server answers, else they are skipped and say so. */
import { inject, test } from 'vitest';
import { dialects, Sandbox } from '../processes/sandbox.ts';

export const faultTimeoutMs = 60_000;

/** Runs the body in a place of its own on each store. */
export function onEachStore(name: string, body: (sandbox: Sandbox) => Promise<void>): void {
  test.for(dialects)(`${name} (%s)`, { timeout: faultTimeoutMs }, async (dialect, { skip }) => {
    const postgresUrl = inject('postgresUrl');
    if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
    await using sandbox = new Sandbox(dialect, postgresUrl);
    await body(sandbox);
  });
}
