/** The errors that the store tells its callers, made in one place so that their words and details stay the same. */

/** What every failure of the store carries. */
export class StoreError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { readonly details: Record<string, unknown>; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.name = code;
    this.details = options.details;
  }
}

/** The fence of a write no longer holds. */
export function staleExecution(flowRunId: string, token: number): Error {
  return new StoreError(
    'StaleExecution',
    `this execution no longer holds flow run ${flowRunId} (its token ${token} is old): another process has taken it over`,
    { details: { flowRunId, token } },
  );
}

export function storeFull(location: string, cause: unknown): Error {
  const message = `the disk of ${location} is full: nothing was written. Free some space; later writes work again by themselves`;
  return new StoreError('StoreFull', message, { details: { location }, cause });
}

export function storeBusy(location: string, waitedMs: number, cause: unknown): Error {
  const message = `${location} stayed locked by other processes for ${Math.round(waitedMs / 1000)} s. See which process holds it`;
  return new StoreError('StoreBusy', message, { details: { location, waitedMs }, cause });
}

export function storeReadOnly(location: string, cause: unknown): Error {
  const message = `${location} can't be written. Give this user the right to write the file and its folder, or set MILLRACE_HOME to another folder`;
  return new StoreError('StoreReadOnly', message, { details: { location }, cause });
}

export function storeUnavailable(location: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${location} failed (${reason}): nothing more is written by this process, as what it wrote may not be on the disk. Check the disk, then start again`;
  return new StoreError('StoreUnavailable', message, { details: { location }, cause });
}

export function storeUnreachable(location: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${location} can't be reached (${reason}). Check that the server runs and that the URL is right`;
  return new StoreError('StoreUnavailable', message, { details: { location }, cause });
}

export function storeClosed(location: string): Error {
  return new StoreError('StoreUnavailable', `${location} was closed by this process`, { details: { location } });
}

export function corruptDatabase(location: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `${location} is damaged (${reason}). Move it away and put a backup in its place, or save what can be read with: sqlite3 "${location}" .recover`;
  return new StoreError('CorruptDatabase', message, { details: { location, reason }, cause });
}

export function foreignDatabase(location: string, found: string): Error {
  const message = `${location} is not a Millrace database (${found}). Choose another place: nothing in it was touched`;
  return new StoreError('ForeignDatabase', message, { details: { location, found } });
}

export function newerDatabase(location: string, unknown: readonly string[]): Error {
  const message = `${location} was written by a newer version of Millrace (it has ${unknown.join(', ')}). Update Millrace to open it`;
  return new StoreError('NewerDatabase', message, { details: { location, unknown } });
}
