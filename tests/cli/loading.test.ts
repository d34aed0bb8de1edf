import { afterAll, describe, expect, it } from 'vitest';
import { CommandLine } from './command-line.ts';
import { makeProject } from './project.ts';

const files = {
  'unfinished.ts': "import { flow } from 'millrace';\nexport const a = flow('a', async () => { return 1 +; });\n",
  'unfinished.mjs': "import { flow } from 'millrace';\nexport const a = flow('a', async () => { retrun 1; });\n",
  'missing.ts': "import { flow, taskk } from 'millrace';\nexport const a = flow('a', async () => taskk);\n",
  'typed.ts':
    "import { flow } from 'millrace';\nimport { Row } from './row.ts';\nexport const a = flow('a', async (): Promise<Row> => 1);\n",
  'row.ts': 'export type Row = number;\n',
  'color.ts':
    "import { flow } from 'millrace';\nenum Color { Red = 'red' }\nexport const a = flow('a', async () => Color.Red);\n",
  'stray.ts':
    "import { flow } from 'millrace';\nexport const a = flow('a', async () => { void Promise.reject(new RangeError('left behind')); return 1; });\n",
  'nothing.ts': "import { flow } from 'millrace';\nexport const a = flow('a', async () => { throw undefined; });\n",
};
const bare = makeProject(files);
const withTsx = makeProject(files, { packages: ['millrace', 'tsx'] });
const shell = new CommandLine({}, bare.folder);
const shellWithTsx = new CommandLine({}, withTsx.folder);

afterAll(() => {
  for (const one of [shell, shellWithTsx]) one.close();
  for (const one of [bare, withTsx]) one.remove();
});

describe('a module that is wrong', () => {
  it.each([
    [
      'unfinished.ts',
      /unfinished\.ts could not be loaded\.\nSyntaxError: Expression expected\n {2}at unfinished\.ts:2:52\n {2}> {2}export const a/,
    ],
    [
      'unfinished.mjs',
      /unfinished\.mjs could not be loaded\.\nSyntaxError: .*\n {2}at unfinished\.mjs:2:\d+\n {2}> {2}export const a/,
    ],
    [
      'missing.ts',
      /SyntaxError: .*no.* export named 'taskk'\n {2}at missing\.ts:1:16\n {2}> {2}import \{ flow, taskk \}/,
    ],
  ])('is told with its line, whether tsx is there or not: %s', async (file, reported) => {
    for (const one of [shell, shellWithTsx]) {
      const { stderr, code } = await one.run('run', file);
      expect(stderr).toMatch(reported);
      expect(stderr).not.toContain('nstall tsx');
      expect(code).toBe(1);
    }
  });

  it('is told from what tsx can load, and what to do without it', async () => {
    expect((await shellWithTsx.json<{ result: unknown }>('run', 'color.ts')).result).toBe('red');
    expect((await shellWithTsx.json<{ result: unknown }>('run', 'typed.ts')).result).toBe(1);
    const color = await shell.run('run', 'color.ts');
    expect(color).toMatchObject({ code: 1, stderr: expect.stringContaining('npm install --save-dev tsx') });
    expect(color.stderr).toMatch(/at color\.ts:2:\d+\n/);
    expect(await shell.run('run', 'typed.ts')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('If it is a type, import it with `import type`'),
    });
  });
});

describe('an error that is not about loading', () => {
  it('is told as a rejection that nobody handled', async () => {
    const { stderr, code } = await shell.run('run', 'stray.ts');
    expect(stderr).toMatch(
      /A promise in stray\.ts was rejected and not handled\.\nRangeError: left behind\n {2}at stray\.ts:2/,
    );
    expect(stderr).not.toContain('could not be loaded');
    expect(code).toBe(1);
  });

  it('is told once when it is undefined', async () => {
    const { stderr, code } = await shell.run('run', 'nothing.ts');
    expect(stderr).not.toContain('could not be loaded');
    expect(stderr).toContain('ended as Failed');
    expect(code).toBe(1);
  });
});
