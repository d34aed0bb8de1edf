/** The store itself, for the few commands that look below the ledger. */
import { readSettings } from '@millrace/local';
import { openStore, type Store } from '@millrace/store';
import type { CommandContext } from './command-context.ts';

/** How long a command waits for a database that is locked or away. */
const retryMaxMs = 5_000;

/** Opens the store of the environment, to look only with `access: 'read'`, hands it over, and closes it whatever happens. */
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
