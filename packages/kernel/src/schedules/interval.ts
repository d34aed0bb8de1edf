/**
 * The instants of an interval schedule.
 *
 * Prefect's reading: whole days are calendar days on the zone's clocks (a daily schedule keeps its hour of day through daylight saving),
 * what is left over is elapsed time (an hourly schedule fires every hour, also twice through a repeated one). Unlike Prefect's,
 * the instants are counted from the anchor itself and not from where the search starts, so the phase never drifts.
 */
import { fromWall, toWall, type WallChoice, type Zone } from '../time/zone.ts';
import { instantsOfWalls } from './wall-times.ts';

const dayMs = 86_400_000;
/** A day that lacks the hour gets the run as much later as the clocks moved; one that has it twice gets the first. */
const wallChoice: WallChoice = { gap: 'later', fold: 'earlier' };

/** The span of instants that are looked for. */
export interface Span {
  readonly afterAt: number;
  readonly untilAt: number;
}

/** An interval, as the schedule holds it, with its zone looked up. */
export interface IntervalRule {
  readonly intervalMs: number;
  readonly anchorAt: number;
  readonly zone: Zone;
}

/** The instants of an interval schedule after `span.afterAt`, in order; they do not end at `span.untilAt`, but may be wrong past it. */
export function instantsOfInterval(rule: IntervalRule, span: Span): Generator<number, void, undefined> {
  const dayCount = Math.floor(rule.intervalMs / dayMs);
  const restMs = rule.intervalMs - dayCount * dayMs;
  if (dayCount === 0) return elapsedInstants(rule, span.afterAt);
  return restMs === 0 ? calendarInstants(rule, span) : mixedInstants(rule, span.afterAt);
}

function* elapsedInstants({ intervalMs, anchorAt }: IntervalRule, afterAt: number): Generator<number, void, undefined> {
  for (let index = Math.floor((afterAt - anchorAt) / intervalMs) + 1; ; index++) yield anchorAt + index * intervalMs;
}

function calendarInstants(
  { intervalMs, anchorAt, zone }: IntervalRule,
  span: Span,
): Generator<number, void, undefined> {
  const anchorWall = toWall(zone, anchorAt);
  const nextWall = (wall: number) => anchorWall + (Math.floor((wall - anchorWall) / intervalMs) + 1) * intervalMs;
  return instantsOfWalls(nextWall, zone, { ...span, rule: { gap: 'later', fold: 'first' } });
}

function* mixedInstants(given: IntervalRule, afterAt: number): Generator<number, void, undefined> {
  const rule = { ...given, anchorAt: nearAnchor(given) };
  let at = rule.anchorAt;
  for (const stretch of stretchesTowards(rule, afterAt)) {
    if (afterAt < rule.anchorAt) yield* instantsOfStretch(rule, stretch, afterAt);
    else at = stretch.firstAt + (stretch.count - 1) * rule.intervalMs;
  }
  if (at > afterAt) yield at;
  for (;;) {
    at = stepForward(rule, at);
    if (at > afterAt) yield at;
  }
}

/** Between a far-off anchor and the present there would be too many changes of the clocks: it is moved by whole intervals into these years. */
const anchorYears = [Date.UTC(1900, 0, 1), Date.UTC(2200, 0, 1)] as const;

function nearAnchor({ intervalMs, anchorAt }: IntervalRule): number {
  const [earliestAt, latestAt] = anchorYears;
  if (anchorAt < earliestAt) return anchorAt + Math.ceil((earliestAt - anchorAt) / intervalMs) * intervalMs;
  if (anchorAt > latestAt) return anchorAt - Math.ceil((anchorAt - latestAt) / intervalMs) * intervalMs;
  return anchorAt;
}

/** Instants of the schedule that are exactly an interval apart, because the clocks are left alone. */
interface Stretch {
  readonly firstAt: number;
  readonly count: number;
}

function* instantsOfStretch(rule: IntervalRule, stretch: Stretch, afterAt: number): Generator<number, void, undefined> {
  const skippedCount = Math.max(0, Math.floor((afterAt - stretch.firstAt) / rule.intervalMs) + 1);
  for (let index = skippedCount; index < stretch.count; index++) yield stretch.firstAt + index * rule.intervalMs;
}

/**
 * The instants between the anchor (left out) and `towardsAt`, in ascending stretches. Going forward they stop short of passing
 * `towardsAt`, going back they reach it. Steps are alike as long as the clocks are left alone, so those spans are crossed in
 * one go, and each change of the clocks step by step.
 */
function stretchesTowards(rule: IntervalRule, towardsAt: number): readonly Stretch[] {
  const { intervalMs, anchorAt, zone } = rule;
  const stretches: Stretch[] = [];
  const direction = towardsAt < anchorAt ? -1 : 1;
  let at = anchorAt;
  for (;;) {
    const leftMs = (towardsAt - at) * direction;
    if (leftMs <= 0) break;
    const clear = clearMs(zone, at, direction * Math.min(leftMs, longestLookMs));
    const clearCount = Math.floor((clear - 2 * dayMs) / intervalMs);
    const count = Math.max(1, clearCount);
    const nextAt = clearCount < 1 ? step(rule, at, direction) : at + direction * count * intervalMs;
    if (direction === 1 && nextAt > towardsAt) break;
    stretches.push({ firstAt: direction === 1 ? nextAt - (count - 1) * intervalMs : nextAt, count });
    at = nextAt;
  }
  return direction === 1 ? stretches : stretches.reverse();
}

/** Looking years ahead for a change costs more than it saves. */
const longestLookMs = 400 * dayMs;

/** How long, up to `spanMs` and in its direction, a zone keeps the offset it has at an instant. */
function clearMs(zone: Zone, at: number, spanMs: number): number {
  if (spanMs > 0) return (zone.transitions(at, at + spanMs)[0]?.at ?? at + spanMs) - at;
  return at - (zone.transitions(at + spanMs, at).at(-1)?.at ?? at + spanMs);
}

function step(rule: IntervalRule, at: number, direction: 1 | -1): number {
  return direction === 1 ? stepForward(rule, at) : stepBack(rule, at);
}

function stepForward({ intervalMs, zone }: IntervalRule, at: number): number {
  const restMs = intervalMs % dayMs;
  return fromWall(zone, toWall(zone, at) + intervalMs - restMs, wallChoice) + restMs;
}

function stepBack({ intervalMs, zone }: IntervalRule, at: number): number {
  const restMs = intervalMs % dayMs;
  return fromWall(zone, toWall(zone, at - restMs) - (intervalMs - restMs), wallChoice);
}
