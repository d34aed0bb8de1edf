/** F30: a clock that was set is noticed, in both directions, and for as long as a lease. */
import { expect, test } from 'vitest';
import { ClockWatch } from './clock-watch.ts';

const leaseMs = 15_000;
const hourMs = 3_600_000;

function watchOf() {
  const time = { passed: 0, offset: 1_000_000 };
  const clock = { now: () => time.passed + time.offset };
  return { time, watch: new ClockWatch({ clock, monotonic: () => time.passed, leaseMs }) };
}

test.each([hourMs, -hourMs])('a jump of %i ms is noticed at the next look, and forgotten after a lease', (jump) => {
  const { time, watch } = watchOf();
  time.passed += 10 * hourMs;
  expect(watch.isSettled()).toBe(true);
  time.offset += jump;
  expect(watch.isSettled()).toBe(false);
  time.passed += leaseMs - 1;
  expect(watch.isSettled()).toBe(false);
  time.passed += 1;
  expect(watch.isSettled()).toBe(true);
});

test('a jump before the first look is noticed; small corrections are none', () => {
  const { time, watch } = watchOf();
  time.offset += hourMs;
  expect(watch.isSettled()).toBe(false);
  time.passed += leaseMs;
  for (let count = 0; count < 100; count += 1) {
    time.offset += 500;
    expect(watch.isSettled()).toBe(true);
  }
});

test('without anything to compare with a clock is believed', () => {
  expect(new ClockWatch({ clock: { now: () => 0 }, monotonic: undefined, leaseMs }).isSettled()).toBe(true);
});
