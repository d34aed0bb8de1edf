/** Instants and durations as text. */

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
];

/** The distance of an instant from now: `just now`, `12s ago`, `in 3h`. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 1_000) return 'just now';
  const [unit, size] = units.find(([, unitMs]) => distance >= unitMs) ?? ['s', 1_000];
  const text = `${Math.floor(distance / size)}${unit}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** A duration in at most two units: `12ms`, `5.02s`, `3m 20s`, `2h 5m`, `4d 1h`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return join(Math.floor(seconds / 60), 'm', `${seconds % 60}s`);
  if (seconds < 86_400) return join(Math.floor(seconds / 3_600), 'h', `${Math.floor((seconds % 3_600) / 60)}m`);
  return join(Math.floor(seconds / 86_400), 'd', `${Math.floor((seconds % 86_400) / 3_600)}h`);
}

function join(amount: number, unit: string, rest: string): string {
  return rest.startsWith('0') ? `${amount}${unit}` : `${amount}${unit} ${rest}`;
}

/** An instant in this machine's time zone, to the second: `2026-11-23 08:41:07`. */
export function localTime(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${date.toTimeString().slice(0, 8)}`;
}

/** The time of day to the millisecond, as in log lines. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** ISO 8601 in UTC, for JSON; null stays null. */
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
