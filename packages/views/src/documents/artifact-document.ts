/** Artifacts as JSON documents. */
import type { ArtifactRecord } from '@millrace/kernel';
import { decoded } from './run-document.ts';
import { isoTime } from '../text/time-text.ts';

/** The form in lists: without data. */
export function artifactSummary(artifact: ArtifactRecord): Readonly<Record<string, unknown>> {
  const { id, key, type, description, flowRunId, taskRunId, createdAt, updatedAt } = artifact;
  return {
    id,
    key,
    type,
    description,
    flowRunId,
    taskRunId,
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}

/** An artifact with its data. */
export function artifactDocument(artifact: ArtifactRecord): Readonly<Record<string, unknown>> {
  return { ...artifactSummary(artifact), data: decoded(artifact.data) };
}
