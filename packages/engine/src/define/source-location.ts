/**
 * Where a task or flow was defined: the file that a worker thread or process imports to find it again.
 */

export interface SourceLocation {
  /** A `file:` URL or a path, as the stack has it. */
  readonly file: string;
  readonly line: number;
}

const own = import.meta.url.replace(/\/define\/source-location\.[jt]s.*$/, '/');

/** The first place on the stack outside this package; null where the stack doesn't tell. */
export function callerOf(): SourceLocation | null {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callerOf);
  for (const line of (holder.stack ?? '').split('\n').slice(1)) {
    const found = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):\d+\)?$/.exec(line);
    if (found?.[1] === undefined || found[1].startsWith('node:')) continue;
    if (found[1].startsWith(own) || `file://${found[1]}`.startsWith(own)) continue;
    return { file: found[1], line: Number(found[2]) };
  }
  return null;
}
