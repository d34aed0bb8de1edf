/**
 * Ends the process after a signal whose listener can't run because a body blocks the main loop: otherwise `for (;;);` would survive
 * Ctrl-C and SIGTERM. Runs in the heartbeat's thread.
 *
 * A received signal is a message in a pipe of the main loop until that loop reads it. On Linux this thread finds the pipe among those
 * with both ends in this process and an event loop that watches it; a message that stays there over several checks was not read. The
 * thread writes messages back at once, so that the main loop gets them. On other systems it does nothing.
 */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs';

const LOOK_MS = 250;
/** A loop that is only busy reads a signal within a few checks. */
const LOOKS_UNTIL_STUCK = 3;
/** The size of libuv's message for one signal: a pointer and the number. */
const MESSAGE_BYTES = 16;
const NUMBER_AT = 8;
/** SIGHUP, SIGINT, SIGTERM. */
const stopNumbers: ReadonlySet<number> = new Set([1, 2, 15]);

interface Pipe {
  readonly inode: number;
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** @param graceMs the time a body has to end after the first signal; a second signal ends the process at once */
export function endWhenStuck(graceMs: number): void {
  if (process.platform !== 'linux') return;
  let pipes: readonly Pipe[] = [];
  let looks = 0;
  setInterval(() => {
    if (pipes.length === 0) pipes = signalPipes();
    const unread = pipes.reduce((count, pipe) => count + unreadStops(pipe), 0);
    looks = unread === 0 ? 0 : looks + 1;
    const isStuck = looks >= LOOKS_UNTIL_STUCK;
    if (!isStuck || (unread === 1 && looks * LOOK_MS < graceMs)) return;
    writeSync(2, 'millrace: a body blocks the main loop, so the signal can not be handled: the process is killed\n');
    process.kill(process.pid, 'SIGKILL');
  }, LOOK_MS);
}

function signalPipes(): readonly Pipe[] {
  const ends = new Map<string, number[]>();
  const watched = new Set<number>();
  for (const name of readdirSync('/proc/self/fd')) {
    const link = linkOf(Number(name));
    if (link.startsWith('pipe:')) ends.set(link, [...(ends.get(link) ?? []), Number(name)]);
    if (!link.includes('eventpoll')) continue;
    const info = readFileSync(`/proc/self/fdinfo/${name}`, 'utf8');
    for (const [, descriptor] of info.matchAll(/^tfd:\s*(\d+)/gm)) watched.add(Number(descriptor));
  }
  return [...ends].flatMap(([link, both]) => {
    const [readEnd] = both.filter((end) => watched.has(end));
    const [writeEnd] = both.filter((end) => !watched.has(end));
    if (both.length !== 2 || readEnd === undefined || writeEnd === undefined) return [];
    return [{ inode: Number(/\d+/.exec(link)?.[0]), readEnd, writeEnd }];
  });
}

function linkOf(descriptor: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The descriptor was closed after the folder was read.
    return '';
  }
}

/** The number of unread stop signals in the pipe. */
function unreadStops(pipe: Pipe): number {
  const bytes = Buffer.alloc(4_096);
  const count = withEnd(pipe, 'readEnd', (end) => readSync(end, bytes)) ?? 0;
  if (count === 0) return 0;
  withEnd(pipe, 'writeEnd', (end) => writeSync(end, bytes, 0, count));
  let stops = 0;
  if (count % MESSAGE_BYTES !== 0) return 0;
  for (let at = NUMBER_AT; at < count; at += MESSAGE_BYTES) if (stopNumbers.has(bytes.readInt32LE(at))) stops += 1;
  return stops;
}

/** Reopens the pipe so that reads don't block; undefined if there is nothing to read or the descriptor is that of another file now. */
function withEnd(pipe: Pipe, name: 'readEnd' | 'writeEnd', act: (end: number) => number): number | undefined {
  const flags = (name === 'readEnd' ? constants.O_RDONLY : constants.O_WRONLY) | constants.O_NONBLOCK;
  let end: number | undefined;
  try {
    if (linkOf(pipe[name]) !== `pipe:[${pipe.inode}]`) return undefined;
    end = openSync(`/proc/self/fd/${pipe[name]}`, flags);
    return fstatSync(end).ino === pipe.inode ? act(end) : undefined;
  } catch {
    return undefined;
  } finally {
    if (end !== undefined) closeSync(end);
  }
}
