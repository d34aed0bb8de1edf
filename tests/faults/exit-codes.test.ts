/** The exit code of a plain script tells the truth: a failure that no code looked at is none that ends with 0. */
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Sandbox } from '../processes/sandbox.ts';
import { Program } from '../processes/program.ts';

const exits = join(import.meta.dirname, 'programs/exits.ts');
const printed = /run '.*' - failed, and its result was not looked at: Error: /;
const nothing = /^$/;

test.each([
  ['unawaited', 1, printed],
  ['started', 1, printed],
  ['started-task', 1, printed],
  ['looked-at-late', 0, printed],
  ['looked-at', 0, nothing],
  ['own-code', 7, printed],
  ['exit-under-way', 0, /^millrace: process\.exit\(0\) was called while a run was under way; .*\n$/],
] as const)('%s: %i', { timeout: 60_000 }, async (how, code, stderr) => {
  await using sandbox = new Sandbox('sqlite', inject('postgresUrl'));
  await using program = new Program(sandbox, exits, { arguments: [how] });
  const ended = await program.ended;
  expect(ended).toMatchObject({ code, stderr: expect.stringMatching(stderr) });
  expect(ended.stderr.split('\n').filter((line) => line !== '').length).toBe(stderr === nothing ? 0 : 1);
});
