/** Creates, changes, deletes and lists limits. */
import { ConfigurationError, type Limits, type LimitView, type PageRequest } from '@millrace/kernel';
import type { LimitUsage, Transaction } from '@millrace/store';
import type { LedgerContext } from '../state/ledger-context.ts';
import { holderIds } from './acquire-slots.ts';

export function createLimits({ store }: LedgerContext): Omit<Limits, 'acquire' | 'release'> {
  return {
    async set({ name, limit, slotDecayPerSecond = 0, active = true }) {
      requireCount(limit, `limit of '${name}'`);
      if (!(slotDecayPerSecond >= 0 && Number.isFinite(slotDecayPerSecond))) {
        throw new ConfigurationError(
          `slotDecayPerSecond of '${name}' must be a number of 0 or more, not ${slotDecayPerSecond}.`,
        );
      }
      await store.write((transaction) => transaction.slots.setLimit({ name, limit, slotDecayPerSecond, active }));
    },

    get: (name) =>
      store.read(async (transaction) => {
        const usage = await transaction.slots.getLimit(name);
        return usage === undefined ? undefined : await viewOf(transaction, usage);
      }),

    list: (page?: PageRequest) =>
      store.read(async (transaction) => {
        const views: LimitView[] = [];
        for (const usage of await transaction.slots.listLimits(page)) views.push(await viewOf(transaction, usage));
        return views;
      }),

    remove: (name) => store.write((transaction) => transaction.slots.removeLimit(name)),
  };
}

function requireCount(value: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ConfigurationError(`The ${what} must be a whole number of 0 or more, not ${value}.`);
  }
}

async function viewOf(transaction: Transaction, usage: LimitUsage): Promise<LimitView> {
  const { name, limit, active, slotDecayPerSecond, occupied } = usage;
  return { name, limit, active, slotDecayPerSecond, occupied, heldBy: await holderIds(transaction, name) };
}
