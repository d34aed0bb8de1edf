import { describe } from 'vitest';
import { exerciseHolder } from './conformance/every-suite.ts';
import { makeSchema, postgresUrl, throughJson } from './conformance/test-databases.ts';

describe.skipIf(postgresUrl === '')('the holder over JSON on PostgreSQL', () =>
  exerciseHolder(throughJson(makeSchema)),
);
