/**
 * Laws of the engine once more, where every message between the process that owns runs and its store is copied through JSON, as a wire
 * would.
 */
import type { LedgerOptions } from '@millrace/ledger';
import { expect, test, vi } from 'vitest';
import { jsonJournal } from '../../packages/ledger/src/conformance/json-journal.ts';
import { contextOf, ledgerOver } from '../../packages/ledger/src/create-ledger.ts';
import { localJournal } from '../../packages/ledger/src/local-journal.ts';

const opened = vi.hoisted(() => ({ count: 0 }));

vi.mock('@millrace/ledger', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  createLedger: (options: LedgerOptions) => {
    opened.count += 1;
    const context = contextOf(options);
    return ledgerOver(options, { context, journal: jsonJournal(localJournal(context)) });
  },
}));

await import('./law-1-scope.test.ts');
await import('./law-2-record-before-show.test.ts');
await import('./law-3-never-run-again.test.ts');
await import('./law-6-waiting-holds-no-slot.test.ts');

test('the ledgers of these laws are reached through JSON', () => {
  expect(opened.count).toBeGreaterThan(0);
});
