import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallGroup, type CallPosition, groupKey, partsOfReplayKey, replayKey } from './replay-key.ts';

const part = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a', '/', '#', '@', '.', '!', '~', '%2f', 'a#b', 'a!b', 'a/b@0', '0', '~1.0', ''),
);

const group: fc.Arbitrary<CallGroup> = fc.record({
  parentScope: fc.constantFrom('', '0190aa#1', '0190aa#2', '0190ab#1'),
  taskKey: part,
  key: fc.option(part, { nil: undefined }),
  inputHash: fc.option(part, { nil: undefined }),
});
const position: fc.Arbitrary<CallPosition> = fc.record({
  thread: fc.constantFrom('', '?', '0', '1,0', '+0', '1+2'),
  occurrence: fc.nat(3),
});

const keyOf = (call: readonly [CallGroup, CallPosition]): string => replayKey(groupKey(call[0]), call[1]);

describe('a replay key', () => {
  it('is the same for the same call, and for no other, whatever names hold', () => {
    fc.assert(
      fc.property(
        fc.tuple(group, position),
        fc.tuple(group, position),
        (left, right) => (keyOf(left) === keyOf(right)) === (JSON.stringify(left) === JSON.stringify(right)),
      ),
      { numRuns: 5_000 },
    );
  });

  it('tells the group and the thread that it was made of', () => {
    fc.assert(
      fc.property(group, position, (of, at) => {
        expect(partsOfReplayKey(keyOf([of, at]))).toEqual({ group: groupKey(of), thread: at.thread });
      }),
    );
    expect(partsOfReplayKey('child')).toBeUndefined();
  });

  it('can be read by people', () => {
    const first = { thread: '', occurrence: 0 };
    const fetch = { parentScope: '', taskKey: 'fetch', key: undefined, inputHash: 'k3Jx' };
    expect(replayKey(groupKey(fetch), first)).toBe('fetch#k3Jx.0');
    expect(replayKey(groupKey({ ...fetch, key: 'order 7' }), first)).toBe('fetch!order 7#k3Jx.0');
    expect(replayKey(groupKey(fetch), { thread: '1,0', occurrence: 2 })).toBe('fetch#k3Jx~1,0.2');
    const visit = { parentScope: '0190#1', taskKey: 'fetch page', key: undefined, inputHash: undefined };
    expect(replayKey(groupKey(visit), { thread: '', occurrence: 2 })).toBe('0190#1/fetch page@.2');
  });
});
