import { describe } from 'vitest';
import { exerciseLedger } from './conformance/every-suite.ts';
import { makeSchema, postgresUrl } from './conformance/test-databases.ts';

describe.skipIf(postgresUrl === '')('the ledger on PostgreSQL', () => exerciseLedger(makeSchema));
