/**
 * Time zones: what the clock on a wall shows at an instant, and when a wall clock shows a given time.
 *
 * Built on `Intl` alone, whose zone data the host keeps up to date, and cached by zone as a list of changes of offset: a
 * question after the first costs arithmetic only. A wall time is a number too: the epoch milliseconds of an instant at which
 * a clock in UTC would show the same digits. A zone's cache holds facts, never decisions, so it does not make the module impure.
 */

/** One change of a zone's offset: until `at` the zone is `beforeMs` ahead of UTC, from `at` on `afterMs`. */
export interface Transition {
  readonly at: number;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** The facts of one time zone. */
export interface Zone {
  /** The host's canonical name of the zone. */
  readonly name: string;
  /** @returns how far the zone's clocks are ahead of UTC at an instant, in milliseconds. */
  offsetAt(at: number): number;
  /** @returns the changes of offset in `(fromAt, toAt]`, in order. Cheap for spans of some years, and for any span that was asked before. */
  transitions(fromAt: number, toAt: number): readonly Transition[];
}

/** The treatment of a wall time that comes twice (`fold`) or never (`gap`). */
export interface WallChoice {
  /** The clocks jump over it: `'earlier'` reads it with the offset after the jump, `'later'` with the one before. */
  readonly gap: 'earlier' | 'later';
  /** The clocks show it twice: the first time or the second. */
  readonly fold: 'earlier' | 'later';
}

const dayMs = 86_400_000;
// Within one window every 3 days are looked at: two changes of offset closer than that would be missed; the IANA data has none since 1970.
const windowMs = 120 * dayMs;
const sampleMs = 3 * dayMs;
// The future has rules and no history: the closest changes that the data foretells are Morocco's, five weeks apart.
const futureStartAt = Date.UTC(2030, 0, 1);
const futureSampleMs = 15 * dayMs;
const zones = new Map<string, Zone>();
const aliases = new Map<string, Zone>();
const utc: Zone = { name: 'UTC', offsetAt: () => 0, transitions: () => [] };

/**
 * Whether a text names an IANA time zone that this host knows.
 *
 * @example
 * isTimeZone('Europe/Berlin') // true
 * isTimeZone('+02:00')        // false: an offset has no rules
 */
export function isTimeZone(name: string): boolean {
  return findZone(name) !== undefined;
}

/**
 * Looks up a time zone.
 *
 * @param name an IANA name, such as `Europe/Berlin` or `UTC`; upper and lower case are the same.
 * @returns the zone, or undefined when there is none of that name.
 */
export function findZone(name: string): Zone | undefined {
  // The commonest zone needs nothing of the host, whose zone data takes some milliseconds to load.
  if (name === 'UTC') return utc;
  const known = aliases.get(name);
  if (known !== undefined) return known;
  // Offsets are taken by some hosts and not by others, and have no daylight saving: they are no zones here.
  if (typeof name !== 'string' || !/^[A-Za-z]/.test(name)) return undefined;
  let canonical: string;
  try {
    canonical = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
  let zone = zones.get(canonical);
  if (zone === undefined) {
    zone = canonical === 'UTC' ? utc : createZone(canonical);
    zones.set(canonical, zone);
  }
  // Spellings that differ in case alone are without number: only the proper ones are remembered.
  if (aliases.size < 1000) aliases.set(name, zone);
  return zone;
}

/** @returns the wall time that a zone's clocks show at an instant. */
export function toWall(zone: Zone, at: number): number {
  return at + zone.offsetAt(at);
}

/**
 * Finds the instant at which a zone's clocks show a wall time.
 *
 * @param zone from `findZone`.
 * @param wall the wall time.
 * @param choice what to do with one that comes twice or never.
 * @returns epoch milliseconds.
 */
export function fromWall(zone: Zone, wall: number, choice: WallChoice): number {
  // No zone is a day or more from UTC, so only a change within that distance can matter.
  const near = zone.transitions(wall - dayMs - 1, wall + dayMs);
  let offset = near[0]?.beforeMs ?? zone.offsetAt(wall);
  for (const change of near) {
    const lower = change.at + Math.min(change.beforeMs, change.afterMs);
    const upper = change.at + Math.max(change.beforeMs, change.afterMs);
    if (wall < lower) break;
    if (wall < upper) {
      const isGap = change.afterMs > change.beforeMs;
      const useAfter = isGap ? choice.gap === 'earlier' : choice.fold === 'later';
      return wall - (useAfter ? change.afterMs : change.beforeMs);
    }
    offset = change.afterMs;
  }
  return wall - offset;
}

function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' });
  const windows = new Map<number, { readonly offsetMs: number; readonly changes: readonly Transition[] }>();
  const readOffset = (at: number): number => parseOffset(format.format(at));

  const windowOf = (index: number) => {
    let known = windows.get(index);
    if (known === undefined) {
      const startAt = index * windowMs;
      known = { offsetMs: readOffset(startAt), changes: findChanges(readOffset, startAt) };
      windows.set(index, known);
    }
    return known;
  };

  return {
    name,
    offsetAt(at) {
      const { offsetMs, changes } = windowOf(Math.floor(at / windowMs));
      let offset = offsetMs;
      for (const change of changes) if (change.at <= at) offset = change.afterMs;
      return offset;
    },
    transitions(fromAt, toAt) {
      const found: Transition[] = [];
      for (let index = Math.floor(fromAt / windowMs); index * windowMs <= toAt; index++) {
        for (const change of windowOf(index).changes) if (change.at > fromAt && change.at <= toAt) found.push(change);
      }
      return found;
    },
  };
}

/** The changes in the window `(startAt, startAt + windowMs]`, less the one at its start, which belongs to the window before it. */
function findChanges(readOffset: (at: number) => number, startAt: number): Transition[] {
  const changes: Transition[] = [];
  let lowAt = startAt;
  let beforeMs = readOffset(lowAt);
  const stepMs = startAt < futureStartAt ? sampleMs : futureSampleMs;
  for (let sampleAt = startAt + stepMs; sampleAt <= startAt + windowMs; sampleAt += stepMs) {
    const afterMs = readOffset(sampleAt);
    if (afterMs !== beforeMs) changes.push({ at: bisect(readOffset, lowAt, sampleAt), beforeMs, afterMs });
    lowAt = sampleAt;
    beforeMs = afterMs;
  }
  return changes;
}

/** The first second in `(lowAt, highAt]` with the offset of `highAt`. */
function bisect(readOffset: (at: number) => number, lowAt: number, highAt: number): number {
  const after = readOffset(highAt);
  let low = Math.floor(lowAt / 1000);
  let high = Math.floor(highAt / 1000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (readOffset(middle * 1000) === after) high = middle;
    else low = middle;
  }
  return high * 1000;
}

function parseOffset(text: string): number {
  const parts = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (parts === null) throw new RangeError(`The host wrote an offset that is not understood: ${text}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = parts;
  const ms = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -ms : ms;
}
