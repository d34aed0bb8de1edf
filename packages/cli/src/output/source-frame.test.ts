/** A recorded stack is data: what it names is shown as code only where it is a source of the project. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allowSourcesBeside, describeFrame } from './source-frame.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'millrace-frames-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

const codeOf = (file: string): string | null => describeFrame(`load (${file}:1:1)`).code;

describe('the line of code of a frame', () => {
  it('is shown from the project of the working directory, and of the file that is run', () => {
    expect(codeOf(import.meta.filename)).toContain('A recorded stack is data');
    const project = folder();
    mkdirSync(join(project, 'src'));
    writeFileSync(join(project, 'package.json'), '{}');
    writeFileSync(join(project, 'src/flows.ts'), 'throw 1;\n');
    expect(codeOf(join(project, 'src/flows.ts'))).toBeNull();
    allowSourcesBeside(join(project, 'main.ts'));
    expect(codeOf(join(project, 'src/flows.ts'))).toBe('throw 1;');
  });

  it('is not read from a device, another kind of file, a link to one, or a folder', () => {
    const project = folder();
    allowSourcesBeside(join(project, 'main.ts'));
    writeFileSync(join(project, 'secret.txt'), 'secret\n');
    symlinkSync(join(project, 'secret.txt'), join(project, 'link.ts'));
    symlinkSync('/dev/zero', join(project, 'zero.ts'));
    mkdirSync(join(project, 'folder.ts'));
    writeFileSync(join(project, 'large.ts'), 'x\n'.repeat(2_000_000));
    for (const name of ['secret.txt', 'link.ts', 'zero.ts', 'folder.ts', 'large.ts', 'missing.ts'])
      expect([name, codeOf(join(project, name))]).toEqual([name, null]);
    expect(codeOf('/dev/zero')).toBeNull();
    expect(codeOf('/etc/passwd')).toBeNull();
  });

  it('and its place come without control characters', () => {
    expect(describeFrame('load (/data/a\u001b[2J\u202eb.ts:1:1)').text).toBe('/data/a b.ts:1:1 in load');
  });
});
