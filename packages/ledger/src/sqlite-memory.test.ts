import { openStore } from '@millrace/store';
import { describe } from 'vitest';
import { exerciseLedger } from './conformance/every-suite.ts';
import type { MakeDatabase } from './conformance/harness.ts';

/** One store for all: a database in memory belongs to its connection. */
const makeMemory: MakeDatabase = async (clock) => {
  const store = await openStore({ url: ':memory:', host: { clock } });
  return {
    open: async () => store,
    async advance(ms) {
      clock.offsetMs += ms;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
};

describe('the ledger on SQLite in memory', () => exerciseLedger(makeMemory));
