import { describe, expect, it } from 'vitest';
import { describeTransitions } from './describe-transitions.ts';

describe('the page on transitions', () => {
  it('says what the rules do (vitest -u prints it anew)', async () => {
    await expect(describeTransitions()).toMatchFileSnapshot('../../../../docs/internals/transitions.md');
  });
});
