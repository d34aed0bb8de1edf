/** The store itself, for the few commands that work below the ledger. */
import { readSettings } from '@millrace/local';
import { openStore, type Store } from '@millrace/store';
import type { CommandContext } from './command-context.ts';

/** The time a command waits for a database that is locked or unreachable. */
const retryMaxMs = 5_000;

/** Calls `body` with the store of the environment and closes it in any case. With `access: 'read'` nothing is written or migrated. */
export async function withStore<T>(
  { environment }: CommandContext,
  body: (store: Store) => Promise<T>,
  { access = 'write' }: { readonly access?: 'write' | 'read' } = {},
): Promise<T> {
  const { databaseUrl, durability } = readSettings(environment);
  const store = await openStore({ url: databaseUrl, durability, access, retryMaxMs });
  try {
    return await body(store);
  } finally {
    await store.close();
  }
}
