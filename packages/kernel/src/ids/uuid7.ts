/**
 * Ids of everything that is stored: UUIDs of version 7 (RFC 9562), as text.
 *
 * One source gives ids that sort by when they were made, as text too: within a millisecond, and when the clock steps back, a counter goes
 * on from the last id. 18 bits of an id are the counter, which starts each millisecond at a random value under half its range; 44 are
 * random in each, so that ids of different processes do not meet. The last 12 bits are zero, because the ids of a run's states have the
 * state's ordinal there (see state-id.ts). An id shows when it was made: it is no secret.
 */

/** The parts of a source of ids. */
export interface IdSourceOptions {
  /** The present instant in epoch milliseconds. */
  readonly now: () => number;
  /** That many random bytes, of a quality that makes meeting ids unlikely; called for some thousands at a time. */
  readonly randomBytes: (count: number) => Uint8Array;
}

const hexPairs = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));
/** The last random digit and the twelve zero bits. */
const hexTails = Array.from({ length: 16 }, (_, value) => `${value.toString(16)}000`);
const hexTriples = Array.from({ length: 4096 }, (_, value) => value.toString(16).padStart(3, '0'));

const bytesPerId = 6;
/** One call for random bytes costs about as much as ten ids: it is made once in 682. */
const batchSize = 4096 - (4096 % bytesPerId);
const counterLimit = 2 ** 18;

/**
 * Makes a source of UUIDs of version 7.
 *
 * @param options where the time and the random bytes come from.
 * @returns a function that gives another id at each call, each greater than the one before, as text.
 * @example
 * const nextId = createIdSource({ now: Date.now, randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) })
 * nextId() // '01939f2a-6c1e-7b1c-9a55-0c7a6f1e2000'
 */
export function createIdSource(options: Readonly<IdSourceOptions>): () => string {
  const { now, randomBytes } = options;
  let bytes = randomBytes(batchSize);
  let used = 0;
  let lastAt = -1;
  let counter = 0;
  let timeText = '';

  /** Where the next unused random bytes begin. */
  const takeBytes = (): number => {
    if (used + bytesPerId > bytes.length) {
      bytes = randomBytes(batchSize);
      used = 0;
    }
    used += bytesPerId;
    return used - bytesPerId;
  };
  const startMillisecond = (at: number): void => {
    lastAt = at;
    timeText = formatTime(at);
    const start = takeBytes();
    counter = ((byteAt(bytes, start) << 16) | (byteAt(bytes, start + 1) << 8) | byteAt(bytes, start + 2)) >>> 7;
  };

  return () => {
    const at = Math.floor(now());
    if (at > lastAt) startMillisecond(at);
    else if (++counter === counterLimit) startMillisecond(lastAt + 1);
    const start = takeBytes();
    const variant = hexPairs[0x80 | (counter & 0x3f)] ?? '';
    const tail =
      pair(bytes, start + 1) +
      pair(bytes, start + 2) +
      pair(bytes, start + 3) +
      pair(bytes, start + 4) +
      (hexTails[byteAt(bytes, start + 5) & 0xf] ?? '');
    return `${timeText}${hexTriples[counter >>> 6] ?? ''}-${variant}${pair(bytes, start)}-${tail}`;
  };
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

function pair(bytes: Uint8Array, index: number): string {
  return hexPairs[byteAt(bytes, index)] ?? '';
}

/** The 48 bits of time and the version, up to where the counter goes. */
function formatTime(at: number): string {
  const hex = Math.max(0, at).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7`;
}

/**
 * When an id of version 7 was made.
 *
 * @param id a UUID as text.
 * @returns epoch milliseconds, or undefined when it is no UUID of version 7.
 */
export function timeOfId(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/**
 * The bound that every id made at this instant or later reaches, and none made before it: for lists of a time.
 *
 * @param at epoch milliseconds
 * @example
 * ids.filter((id) => id >= firstIdAt(Date.parse('2026-11-01')));
 */
export function firstIdAt(at: number): string {
  const time = Math.max(0, Math.min(Math.ceil(at), 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}`;
}
