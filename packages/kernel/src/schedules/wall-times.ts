/**
 * From wall times to instants: the one place where schedules meet daylight saving.
 *
 * A cron expression, a recurrence rule and an interval of whole days say what a clock on the wall must show. The instants they
 * mean are a fixed set, whatever instant one starts to look from: that makes schedules repeatable, and is where Millrace parts
 * from Prefect, whose answers depend on the start when it lies within an hour of a change of the clocks.
 *
 * Away from a change an instant is the wall time less the offset. Around one, order is lost (a time the clocks jump over may
 * stand for an instant before times that are earlier on the wall), so the span around it is worked out whole and sorted.
 */
import { toWall, type Transition, type Zone } from '../time/zone.ts';

/** The wall times of a schedule: the smallest one greater than `wall`, or undefined when none is left. */
export type NextWall = (wall: number) => number | undefined;

/** How the wall times around a change of the clocks are read. */
export interface WallRule {
  /** A time that the clocks jump over is read with the offset after the jump (`'earlier'`) or before it (`'later'`). */
  readonly gap: 'earlier' | 'later';
  /** A time that the clocks show twice counts the first time only, or both times. */
  readonly fold: 'first' | 'both';
}

const dayMs = 86_400_000;

/**
 * The instants of a schedule that is written in wall times, in order and each once.
 *
 * @param nextWall steps through the wall times.
 * @param zone whose clocks they are about.
 * @param options `afterAt`: the instant that all of them lie after; `untilAt`: from where on the caller takes no interest, so that a
 *   schedule of centuries need not look for changes of the clocks all the way; `rule`: what happens when the clocks change.
 */
export function* instantsOfWalls(
  nextWall: NextWall,
  zone: Zone,
  options: Readonly<{ afterAt: number; untilAt: number; rule: WallRule }>,
): Generator<number, void, undefined> {
  let at = options.afterAt;
  for (;;) {
    const wall = nextWall(toWall(zone, at));
    // Far enough to see every change that bears on this wall time, and no farther: a yearly schedule must not list a century of changes.
    const change = nextChange(zone, at, Math.min(wall ?? at, options.untilAt) + 2 * dayMs);
    const candidateAt = wall === undefined ? undefined : wall - zone.offsetAt(at);
    if (candidateAt !== undefined && (change === undefined || candidateAt < startOf(change))) {
      yield candidateAt;
      at = candidateAt;
    } else if (change === undefined) {
      return;
    } else {
      yield* instantsAround(nextWall, change, { afterAt: at, rule: options.rule });
      at = Math.max(at, endOf(change) - 1);
    }
  }
}

function nextChange(zone: Zone, afterAt: number, untilAt: number): Transition | undefined {
  return zone.transitions(afterAt - 2 * dayMs, untilAt).find((change) => endOf(change) - 1 > afterAt);
}

const widthOf = (change: Transition): number => Math.abs(change.afterMs - change.beforeMs);
const startOf = (change: Transition): number => change.at - widthOf(change);
const endOf = (change: Transition): number => change.at + widthOf(change);

/** The instants in the span around one change, `[startOf, endOf)`, that lie after `afterAt`. */
function instantsAround(
  nextWall: NextWall,
  change: Transition,
  options: Readonly<{ afterAt: number; rule: WallRule }>,
): number[] {
  const instants = new Set<number>();
  const lastWall = endOf(change) + Math.max(change.beforeMs, change.afterMs);
  let wall = nextWall(startOf(change) + Math.min(change.beforeMs, change.afterMs) - 1);
  while (wall !== undefined && wall < lastWall) {
    for (const at of readAround(wall, change, options.rule)) {
      if (at > options.afterAt && at >= startOf(change) && at < endOf(change)) instants.add(at);
    }
    wall = nextWall(wall);
  }
  return [...instants].sort((a, b) => a - b);
}

function readAround(wall: number, change: Transition, rule: WallRule): readonly number[] {
  const withBefore = wall - change.beforeMs;
  const withAfter = wall - change.afterMs;
  if (wall < change.at + Math.min(change.beforeMs, change.afterMs)) return [withBefore];
  if (wall >= change.at + Math.max(change.beforeMs, change.afterMs)) return [withAfter];
  if (change.afterMs > change.beforeMs) return [rule.gap === 'earlier' ? withAfter : withBefore];
  return rule.fold === 'both' ? [withBefore, withAfter] : [withBefore];
}
