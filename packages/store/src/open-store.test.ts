/** The location of a database: one that can't be meant, or can't be there, is refused with the way out. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from './index.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-open-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

it.each(['mysql://ann:secret@db/runs', 'https://db/runs', 'Postgres://db/runs'])(
  'a database of another kind is no file name: %s',
  async (url) => {
    const refused = openStore({ url });
    await expect(refused).rejects.toMatchObject({ code: 'ConfigurationError' });
    await expect(refused).rejects.toThrow(/postgres:\/\//);
    await expect(refused).rejects.not.toThrow(/secret/);
  },
);

it('a text is not a damaged database, and is left as it is', async () => {
  const url = join(folder(), 'notes.txt');
  writeFileSync(url, 'buy milk, and more than sixteen letters\n');
  await expect(openStore({ url })).rejects.toMatchObject({ code: 'ForeignDatabase' });
  expect(readFileSync(url, 'utf8')).toBe('buy milk, and more than sixteen letters\n');
});

it('a file that can not be there is told of as a file', async () => {
  const home = folder();
  writeFileSync(join(home, 'taken'), '');
  const refused = openStore({ url: join(home, 'taken', 'millrace.db') });
  await expect(refused).rejects.toMatchObject({ code: 'StoreUnavailable' });
  await expect(refused).rejects.toThrow(/MILLRACE_HOME/);
  await expect(refused).rejects.not.toThrow(/server/);
  expect(readdirSync(home)).toEqual(['taken']);
});
