import { describe, expect, it } from 'vitest';
import { stateDocument, waitDocument } from './run-document.ts';

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const iso = '2026-01-02T03:04:05.000Z';

describe('a run as JSON', () => {
  it('has its instants as ISO 8601, also within the details of its state and what it waits for', () => {
    const reason = { kind: 'sleep', until: at } as const;
    const details = { scheduledAt: at, pauseTimeoutAt: at, retriable: false, reason };
    expect(stateDocument({ type: 'SCHEDULED', name: 'Scheduled', message: null, at, details })).toEqual({
      type: 'SCHEDULED',
      name: 'Scheduled',
      message: null,
      at: iso,
      details: { scheduledAt: iso, pauseTimeoutAt: iso, retriable: false, reason: { kind: 'sleep', until: iso } },
    });
    expect(waitDocument({ kind: 'signal', name: 'go', until: null })).toEqual({
      kind: 'signal',
      name: 'go',
      until: null,
    });
    expect(waitDocument({ kind: 'limit', name: 'db', heldBy: [] })).toEqual({ kind: 'limit', name: 'db', heldBy: [] });
    expect(waitDocument(undefined)).toBeNull();
  });
});
