/** A disk of a few megabytes that can be full and read-only: a tmpfs of the test's own, where this user may mount one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class SmallDisk implements Disposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** undefined = this user may not mount. */
  static mount(size: string): SmallDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-disk-'));
    if (run('mount', '-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)) return new SmallDisk(folder);
    rmSync(folder, { recursive: true });
    return undefined;
  }

  /** Writes until not a byte more fits. */
  fill(): void {
    for (const size of [262_144, 4_096, 256, 1]) {
      try {
        for (;;) writeFileSync(join(this.folder, 'ballast'), Buffer.alloc(size), { flag: 'a' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  }

  free(): void {
    truncateSync(join(this.folder, 'ballast'), 0);
  }

  remount(mode: 'ro' | 'rw'): void {
    if (!run('mount', '-o', `remount,${mode}`, this.folder)) throw new Error(`remounting ${mode} failed`);
  }

  [Symbol.dispose](): void {
    run('umount', '--lazy', this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(command: string, ...parameters: readonly string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0;
}

const probe = process.platform === 'linux' && process.getuid?.() === 0 ? SmallDisk.mount('1m') : undefined;
probe?.[Symbol.dispose]();

/** Why tests on a small disk are skipped; undefined = they run. */
export const noSmallDisk = probe === undefined ? 'mounting a tmpfs needs Linux and root' : undefined;
