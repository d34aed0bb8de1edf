import { beforeAll, describe, expect, test } from 'vitest';
import { examplesOf } from './examples.ts';
import { readPages } from './pages.ts';
import { checkExamples, fileOf, runExample } from './run-examples.ts';

const examples = readPages().flatMap(examplesOf);
let typeErrors: ReadonlyMap<string, string> = new Map();

describe.skipIf(examples.length === 0).concurrent('the code of the documentation', () => {
  beforeAll(async () => {
    typeErrors = await checkExamples(examples);
  }, 120_000);

  test.each(examples.map((example) => ({ name: `${example.page}:${example.line}`, example })))(
    '$name',
    { timeout: 90_000 },
    async ({ example }) => {
      expect(typeErrors.get(fileOf(example)) ?? '').toBe('');
      if (!example.runs) return;
      const ending = await runExample(example);
      expect(ending, ending.stderr).toMatchObject({ code: 0 });
      if (example.output !== undefined) expect(ending.stdout).toBe(example.output);
    },
  );
});
