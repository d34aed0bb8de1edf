import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bytesText } from '../output/bytes-text.ts';
import { checkDisk, checkHome, checkNode } from './machine-checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  ['20.20.2', 'failed'],
  ['22.12.0', 'failed'],
  ['22.13.0', 'warning'],
  ['22.18.0', 'ok'],
  ['23.1.0', 'warning'],
  ['24.21.0', 'ok'],
  ['26.0.0', 'ok'],
])('Node %s is %s', (version, status) => {
  const check = checkNode(version);
  expect(check.status).toBe(status);
  expect(check.advice === undefined).toBe(status === 'ok');
});

it('says whether the home can be written, made, or is something else', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(checkHome(folder)).toMatchObject({ status: 'ok', message: `${folder} can be written` });
  expect(checkHome(join(folder, 'a/b'))).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('created by the first run'),
  });
  expect(checkHome(file)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('is not a folder'),
    advice: expect.stringContaining('MILLRACE_HOME'),
  });
});

it('tells the room on the disk, of a folder that is still to be made as well', () => {
  expect(checkDisk(join(folder, 'a/b/c')).message).toMatch(/free$/);
  expect([0, 1_023, 1_024, 1_536, 123 * 1_024 ** 2, 5 * 1_024 ** 3].map(bytesText)).toEqual([
    '0 bytes',
    '1023 bytes',
    '1.0 KB',
    '1.5 KB',
    '123 MB',
    '5.0 GB',
  ]);
});
