import { expect, it } from 'vitest';
import type { ArtifactRecord } from '@millrace/kernel';
import { channelOver } from '../output/terminal.ts';
import { progressLines } from './progress-lines.ts';

const look = { channel: channelOver({ write: () => true }, {}), isUnicode: true, now: 0 };
const artifact = (key: string, type: ArtifactRecord['type'], data: string): ArtifactRecord => ({
  id: key,
  key,
  type,
  description: null,
  data,
  flowRunId: 'f',
  taskRunId: null,
  createdAt: 0,
  updatedAt: 0,
});

it('shows how far a run says it is, oldest first, and nothing that is done or of another kind', () => {
  const newestFirst = [
    artifact('second', 'progress', '50'),
    artifact('done', 'progress', '100'),
    artifact('t', 'table', '[]'),
    artifact('first', 'progress', '0'),
  ];
  expect(progressLines(newestFirst, look)).toEqual(['   ────────────  0%  first', '   ━━━━━━────── 50%  second']);
});
