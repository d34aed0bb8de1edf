import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OccurrenceCounter } from './occurrence-counter.ts';

describe('an occurrence counter', () => {
  it('counts each key on its own, from 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom('a', '__proto__', 'toString')), { maxLength: 200 }),
        (keys) => {
          const counter = new OccurrenceCounter();
          const model = new Map<string, number>();
          for (const key of keys) {
            const expected = model.get(key) ?? 0;
            model.set(key, expected + 1);
            expect(counter.next(key)).toBe(expected);
          }
        },
      ),
    );
  });

  it('goes on counting when it changes from keys to hashes, and as that table grows', () => {
    const counter = new OccurrenceCounter();
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 20_000; index += 1) {
        if (counter.next(`fetch\nhash${index}`) !== round) expect.fail(`key ${index} in round ${round}`);
      }
    }
  });

  it('counts one key as often as it comes, before the change and after', () => {
    const counter = new OccurrenceCounter();
    let expected = 0;
    const count = (times: number): void => {
      for (let index = 0; index < times; index += 1, expected += 1) {
        if (counter.next('tick') !== expected) expect.fail(`tick ${expected}`);
      }
    };
    count(70_000);
    for (let index = 0; index < 2_000; index += 1) counter.next(`other ${index}`);
    count(140_000);
    const late = new OccurrenceCounter();
    for (let index = 0; index < 2_000; index += 1) late.next(`other ${index}`);
    for (let index = 0; index < 70_000; index += 1) {
      if (late.next('tick') !== index) expect.fail(`late tick ${index}`);
    }
  });

  it('takes a million calls without mistaking one for another, in 32 MB', () => {
    const counter = new OccurrenceCounter();
    const before = process.memoryUsage().arrayBuffers;
    for (let index = 0; index < 1_000_000; index += 1) {
      if (counter.next(`task\n${index}`) !== 0) expect.fail(`call ${index}`);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThanOrEqual(32 * 2 ** 20);
    expect(counter.next('task\n999999')).toBe(1);
  });
});
