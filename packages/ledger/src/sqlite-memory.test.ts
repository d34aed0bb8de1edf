import { describe } from 'vitest';
import { exerciseHolder, exerciseLedger } from './conformance/every-suite.ts';
import { makeMemory, throughJson } from './conformance/test-databases.ts';

describe('the ledger on SQLite in memory', () => exerciseLedger(makeMemory));
describe('the holder over JSON on SQLite in memory', () => exerciseHolder(throughJson(makeMemory)));
