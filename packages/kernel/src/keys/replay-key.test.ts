import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallIdentity, replayKey } from './replay-key.ts';

const part = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom('a', '/', '#', '@', '.', '%2f', 'a#b', 'a/b@0', '0', ''),
);

const call: fc.Arbitrary<CallIdentity> = fc.record({
  parentScope: fc.constantFrom('', '0190aa#1', '0190aa#2', '0190ab#1'),
  taskKey: part,
  inputHash: fc.option(part, { nil: undefined }),
  occurrence: fc.nat(3),
});

describe('a replay key', () => {
  it('is the same for the same call, and for no other, whatever names hold', () => {
    fc.assert(
      fc.property(
        call,
        call,
        (left, right) => (replayKey(left) === replayKey(right)) === (JSON.stringify(left) === JSON.stringify(right)),
      ),
      { numRuns: 5_000 },
    );
  });

  it('can be read by people', () => {
    expect(replayKey({ parentScope: '', taskKey: 'fetch', inputHash: 'k3Jx', occurrence: 0 })).toBe('fetch#k3Jx.0');
    expect(replayKey({ parentScope: '0190#1', taskKey: 'fetch page', inputHash: undefined, occurrence: 2 })).toBe(
      '0190#1/fetch page@2',
    );
  });
});
