/**
 * Blocks (`concurrency`, `scope`, `transaction`) that the host runs for an isolated body.
 */
import { concurrency, type SlotOptions } from '../limits/concurrency.ts';
import { scope, type ScopeOptions } from '../calls/user-scope.ts';
import { transaction, type TransactionOptions } from '../transactions/transaction.ts';
import type { BlockName } from './wire.ts';

/** The methods that the body of a block may call on its handle. */
export type BlockHandle = Readonly<Record<string, (...args: unknown[]) => void>>;

/** @param body runs the user code in the worker */
export function runBlock(
  name: BlockName,
  args: readonly unknown[],
  body: (handle: BlockHandle) => Promise<unknown>,
): Promise<unknown> {
  switch (name) {
    case 'concurrency':
      return concurrency(args[0] as string | string[], args[1] as SlotOptions, () => body({}));
    case 'scope':
      return scope(
        (handle) => body({ cancel: (reason) => handle.cancel(reason as string | undefined) }),
        args[0] as ScopeOptions,
      );
    case 'transaction':
      return transaction(args[0] as TransactionOptions, (tx) =>
        body({ set: (key, value) => tx.set(key as string, value) }),
      );
  }
}
