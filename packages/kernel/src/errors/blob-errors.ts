/**
 * Errors of values that are stored outside the database: each names the run, the key and the way out. A value that can't be read is never
 * silently computed again.
 */
import { MillraceError } from './millrace-error.ts';

interface AboutBlob {
  /** The run whose value it is. */
  readonly runId: string;
  /** The storage's name. */
  readonly storage: string;
  readonly key: string;
  readonly cause?: unknown;
}

function context({ cause, ...details }: AboutBlob & Readonly<Record<string, unknown>>) {
  return { details, ...(cause === undefined ? {} : { cause }) };
}

/** The value of a run was deleted from its storage, or the storage is another one than it was. */
export class BlobMissing extends MillraceError {
  constructor(about: AboutBlob) {
    super(
      'BlobMissing',
      `The value of run ${about.runId} is not in storage '${about.storage}' any more (key ${about.key}). Put it back from a backup, or rerun the run that made it.`,
      context({ ...about }),
    );
  }
}

/** The value of a run is not what was written. */
export class BlobDamaged extends MillraceError {
  constructor(about: AboutBlob & { readonly problem: string }) {
    super(
      'BlobDamaged',
      `The value of run ${about.runId} in storage '${about.storage}' (key ${about.key}) is not what was written: ${about.problem}. Put it back from a backup, or rerun the run that made it.`,
      context({ ...about }),
    );
  }
}

/** A storage can't be reached, refuses, or is not known to this process. A later try may succeed. */
export class BlobUnavailable extends MillraceError {
  constructor(about: AboutBlob & { readonly doing: 'read' | 'written' | 'deleted' }) {
    const reason = about.cause instanceof Error ? about.cause.message : String(about.cause ?? 'no reason given');
    super(
      'BlobUnavailable',
      `The value of run ${about.runId} can't be ${about.doing} in storage '${about.storage}' (key ${about.key}): ${reason}. Check the storage, then try again.`,
      context({ ...about }),
    );
  }
}
