/** A user's project: files of a test's own in a folder of their own, with the packages that it names installed. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const installed = fileURLToPath(new URL('../../node_modules/', import.meta.url));

export interface Project {
  readonly folder: string;
  remove(): void;
}

/** @param files their text by name; `packages`: what is installed beside them */
export function makeProject(
  files: Readonly<Record<string, string>>,
  { packages = ['millrace'], type = 'module' }: { readonly packages?: readonly string[]; readonly type?: string } = {},
): Project {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-project-'));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of packages) symlinkSync(join(installed, name), join(folder, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', type }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
