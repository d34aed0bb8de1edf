import { expect, it } from 'vitest';
import { invokedAs } from './invoked-as.ts';

it('suggests commands as they were called: bare, by npx or a script of npm, or by a script that wraps them', () => {
  expect(invokedAs({})).toBe('millrace');
  expect(invokedAs({ npm_command: 'run-script' })).toBe('npx millrace');
  expect(invokedAs({ npm_command: 'exec' })).toBe('npx millrace');
  expect(invokedAs({ npm_command: 'exec', MILLRACE_COMMAND: 'npm run -s millrace --' })).toBe('npm run -s millrace --');
});
