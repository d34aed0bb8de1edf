/** Builds the library of faulty-disk.c, which stands between a process and its disk, where there is a C compiler. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = join(import.meta.dirname, '../../../../node_modules/.cache');
const library = join(cache, 'millrace-faulty-disk.so');

function build(): boolean {
  if (process.platform !== 'linux') return false;
  const source = fileURLToPath(new URL('faulty-disk.c', import.meta.url));
  mkdirSync(cache, { recursive: true });
  const fresh = `${library}.${process.pid}`;
  if (spawnSync('cc', ['-shared', '-fPIC', '-o', fresh, source, '-ldl'], { stdio: 'ignore' }).status !== 0)
    return false;
  renameSync(fresh, library);
  return true;
}

/** Why tests with a faulty disk are skipped; undefined = they run. */
export const noFaultyDisk = build() ? undefined : 'a faulty disk needs Linux and a C compiler';

/** Folders for one test. */
export class FaultyDisk implements Disposable {
  readonly #root = mkdtempSync(join(tmpdir(), 'millrace-faulty-'));
  /** The writes of processes with `environment` go over the faulty disk. */
  readonly folder = join(this.#root, 'disk');
  /** Its files as they were when they were last synced: what a loss of power leaves at worst. */
  readonly synced = join(this.#root, 'synced');
  /** A file that does not exist: with the text `sync`, `write` or `short` it is the fault. */
  readonly fault = join(this.#root, 'fault');
  /** For what is not on the faulty disk. */
  readonly notes = join(this.#root, 'notes');

  constructor() {
    mkdirSync(this.folder);
    mkdirSync(this.synced);
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      LD_PRELOAD: library,
      FAULTY_DISK_FOLDER: this.folder,
      FAULTY_DISK_SYNCED: this.synced,
      FAULTY_DISK_FAULT: this.fault,
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}
