import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findZone, fromWall, isTimeZone, toWall, type Zone } from './zone.ts';

const zoneNames = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/St_Johns',
  'Pacific/Apia',
  'Africa/Casablanca',
];
const zoneOf = (name: string): Zone => findZone(name) ?? expect.fail(`no zone ${name}`);
const instant = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2090, 0, 1) });
const iso = (at: number): string => new Date(at).toISOString();

describe('a time zone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'europe/berlin'])(
    '%s is known',
    (name) => {
      expect(isTimeZone(name)).toBe(true);
    },
  );

  it.each(['', '+02:00', '-05', 'Mars/Olympus', 'Europe/', 'UTC+1', 'local', ' UTC'])('%j is none', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  it('of another type is none', () => {
    expect(isTimeZone(undefined as unknown as string)).toBe(false);
  });

  it.each([
    ['America/New_York', '2026-03-08T07:00:00.000Z', -300, -240],
    ['America/New_York', '2026-11-01T06:00:00.000Z', -240, -300],
    ['Australia/Lord_Howe', '2026-10-03T15:30:00.000Z', 630, 660],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', -600, 840],
  ])('%s changes at %s', (name, changeAt, beforeMinutes, afterMinutes) => {
    const at = Date.parse(changeAt);
    expect(zoneOf(name).transitions(at - 1, at)).toEqual([
      { at, beforeMs: beforeMinutes * 60_000, afterMs: afterMinutes * 60_000 },
    ]);
    expect(zoneOf(name).transitions(at, at + 1)).toEqual([]);
    expect(zoneOf(name).offsetAt(at - 1)).toBe(beforeMinutes * 60_000);
    expect(zoneOf(name).offsetAt(at)).toBe(afterMinutes * 60_000);
  });

  it('shows what Intl shows, at every instant', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zoneNames), instant, (name, at) => {
        const shown = new Intl.DateTimeFormat('sv-SE', {
          timeZone: name,
          dateStyle: 'short',
          timeStyle: 'medium',
        }).format(at);
        expect(
          iso(toWall(zoneOf(name), at))
            .slice(0, 19)
            .replace('T', ' '),
        ).toBe(shown);
      }),
      { numRuns: 300 },
    );
  });

  it('gives an instant back from what its clocks showed, but for a repeated time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zoneNames), instant, (name, at) => {
        const zone = zoneOf(name);
        const wall = toWall(zone, at);
        const both = [
          fromWall(zone, wall, { gap: 'later', fold: 'earlier' }),
          fromWall(zone, wall, { gap: 'later', fold: 'later' }),
        ];
        expect(both).toContain(at);
        for (const each of both) expect(toWall(zone, each)).toBe(wall);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a wall time', () => {
  const newYork = zoneOf('America/New_York');

  it.each([
    ['2026-03-08T02:30:00Z', { gap: 'earlier', fold: 'earlier' }, '2026-03-08T06:30:00.000Z'],
    ['2026-03-08T02:30:00Z', { gap: 'later', fold: 'earlier' }, '2026-03-08T07:30:00.000Z'],
    ['2026-11-01T01:30:00Z', { gap: 'later', fold: 'earlier' }, '2026-11-01T05:30:00.000Z'],
    ['2026-11-01T01:30:00Z', { gap: 'later', fold: 'later' }, '2026-11-01T06:30:00.000Z'],
    ['2026-03-08T01:59:59Z', { gap: 'earlier', fold: 'earlier' }, '2026-03-08T06:59:59.000Z'],
    ['2026-03-08T03:00:00Z', { gap: 'earlier', fold: 'earlier' }, '2026-03-08T07:00:00.000Z'],
    ['2026-11-01T00:59:59Z', { gap: 'earlier', fold: 'later' }, '2026-11-01T04:59:59.000Z'],
    ['2026-11-01T02:00:00Z', { gap: 'earlier', fold: 'earlier' }, '2026-11-01T07:00:00.000Z'],
  ] as const)('%s in New York, read with %j, is %s', (wall, choice, at) => {
    expect(iso(fromWall(newYork, Date.parse(wall), choice))).toBe(at);
  });
});
