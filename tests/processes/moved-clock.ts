/** The wall clock of a test's processes, which the test can set: see moved-clock.c. Needs Linux and a C compiler. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const cache = join(import.meta.dirname, '../../node_modules/.cache');
const library = join(cache, 'millrace-moved-clock.so');

function build(): boolean {
  if (process.platform !== 'linux') return false;
  const source = join(import.meta.dirname, 'moved-clock.c');
  mkdirSync(cache, { recursive: true });
  const fresh = `${library}.${process.pid}`;
  if (spawnSync('cc', ['-shared', '-fPIC', '-o', fresh, source, '-ldl'], { stdio: 'ignore' }).status !== 0)
    return false;
  renameSync(fresh, library);
  return true;
}

/** Why tests with such a clock are skipped; undefined = they run. */
export const noMovedClock = build() ? undefined : 'a clock that can be set needs Linux and a C compiler';

export class MovedClock {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, 'clock-offset');
    writeFileSync(this.#file, Buffer.alloc(8));
  }

  get environment(): Readonly<Record<string, string>> {
    return { LD_PRELOAD: library, MOVED_CLOCK: this.#file };
  }

  /** By how many milliseconds the processes' time of day is off from now on. */
  set(offsetMs: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(offsetMs));
    // In place: the processes have the file mapped.
    const descriptor = openSync(this.#file, 'r+');
    try {
      writeSync(descriptor, bytes, 0, bytes.length, 0);
    } finally {
      closeSync(descriptor);
    }
  }
}
