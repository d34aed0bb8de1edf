import { describe } from 'vitest';
import { exerciseLedger } from './conformance/every-suite.ts';
import { makeFile } from './conformance/test-databases.ts';

describe('the ledger on a SQLite file', () => exerciseLedger(makeFile));
