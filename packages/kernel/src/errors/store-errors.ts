/**
 * Errors of the database: what is wrong with it, and the way out. Nothing that was acknowledged is lost by any of them.
 */
import { MillraceError } from './millrace-error.ts';

interface AboutStore {
  /** For people: a file's path, or a URL without its password. */
  readonly location: string;
  readonly cause?: unknown;
}

function context(
  about: AboutStore,
  more: Readonly<Record<string, unknown>> = {},
): { details: Record<string, unknown>; cause?: unknown } {
  return { details: { location: about.location, ...more }, ...('cause' in about ? { cause: about.cause } : {}) };
}

function reasonOf(about: AboutStore): string {
  return about.cause instanceof Error ? about.cause.message : String(about.cause ?? 'no reason given');
}

/** Other processes kept the database locked. `holder`: what did, where it was not another process. */
export class StoreBusy extends MillraceError {
  constructor(about: AboutStore & { readonly waitedMs: number; readonly holder?: string }) {
    super(
      'StoreBusy',
      `${about.location} stayed locked by ${about.holder ?? 'other processes'} for ${Math.round(about.waitedMs / 1_000)} s. End the process that holds it, or try again.`,
      context(about, { waitedMs: about.waitedMs }),
    );
  }
}

/** The disk is full. Later writes work again when there is space. */
export class StoreFull extends MillraceError {
  constructor(about: AboutStore) {
    super(
      'StoreFull',
      `The disk of ${about.location} is full: nothing was written. Free some space; later writes work again by themselves.`,
      context(about),
    );
  }
}

/** The database can't be written. */
export class StoreReadOnly extends MillraceError {
  constructor(about: AboutStore) {
    super(
      'StoreReadOnly',
      `${about.location} can't be written. Give this user the right to write the file and its folder, or set MILLRACE_HOME to another folder.`,
      context(about),
    );
  }
}

/** The database failed, can't be reached, or was closed. */
export class StoreUnavailable extends MillraceError {
  constructor(
    about: AboutStore & {
      readonly problem: 'failed' | 'unreachable' | 'refused' | 'unopenable' | 'regressed' | 'gone' | 'closed';
      /** The way out, where the server said more than that it is not there. */
      readonly wayOut?: string;
    },
  ) {
    const texts = {
      failed: `${about.location} failed (${reasonOf(about)}): nothing more is written by this process, as what it wrote may not be on the disk. Check the disk, then start again.`,
      unreachable: `${about.location} can't be reached (${reasonOf(about)}). ${about.wayOut ?? 'Check that the server runs and that the URL is right.'}`,
      refused: `${about.location} refused this (${reasonOf(about)}). ${about.wayOut ?? 'Grant the role of the URL the right.'}`,
      unopenable: `${about.location} can't be opened (${reasonOf(about)}). Check the path, or set MILLRACE_HOME to a folder that this user can write.`,
      regressed: `${about.location} is older than what it had confirmed: commits of this process are gone, as after a failover to a server that lagged behind. Nothing more is written by this process. Start again: runs go on from what the database has.`,
      gone: `${about.location} is not there any more (${reasonOf(about)}): it was moved, replaced or deleted while this process used it. Nothing more is written by this process, and what it wrote last may be lost. Put it back if you can, then start again.`,
      closed: `${about.location} was closed by this process.`,
    };
    super('StoreUnavailable', texts[about.problem], context(about, { problem: about.problem }));
  }
}

/** Something else lives where the database should be. */
export class ForeignDatabase extends MillraceError {
  constructor(about: AboutStore & { readonly found: string }) {
    super(
      'ForeignDatabase',
      `${about.location} is not a Millrace database (${about.found}). Choose another place: nothing in it was touched.`,
      context(about, { found: about.found }),
    );
  }
}

/** A newer version of Millrace wrote it. */
export class NewerDatabase extends MillraceError {
  constructor(about: AboutStore & { readonly unknown: readonly string[] }) {
    super(
      'NewerDatabase',
      `${about.location} was written by a newer version of Millrace (it has ${about.unknown.join(', ')}). Update Millrace to open it.`,
      context(about, { unknown: about.unknown }),
    );
  }
}

/** The file is damaged. */
export class CorruptDatabase extends MillraceError {
  constructor(about: AboutStore) {
    super(
      'CorruptDatabase',
      `${about.location} is damaged (${reasonOf(about)}). Move it away and put a backup in its place, or save what can be read with: sqlite3 "${about.location}" .recover`,
      context(about),
    );
  }
}
