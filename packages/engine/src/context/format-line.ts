/** Formats a log line as a console does, in bounded time whatever the values refer to. */
import { formatWithOptions, type InspectOptions } from 'node:util';
import { printableDepth } from '@millrace/kernel';

/** @param options as `util.inspect` has them; `depth` is reduced where values share their parts so often that printing would take too long */
export function formatLine(options: InspectOptions & { readonly depth: number }, parts: readonly unknown[]): string {
  const depth = parts.some((part) => typeof part === 'object' && part !== null)
    ? depthFor(parts, options.depth)
    : options.depth;
  return formatWithOptions({ ...options, depth, colors: false }, ...parts);
}

function depthFor(parts: readonly unknown[], depthMax: number): number {
  try {
    return Math.max(0, printableDepth(parts, depthMax + 1) - 1);
  } catch {
    // A getter or a proxy's trap threw. The formatter calls neither.
    return Math.min(2, depthMax);
  }
}
