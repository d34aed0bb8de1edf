/**
 * The runners that a flow can choose from. Plain data; see runner.ts.
 */
import { ConfigurationError, describeValue } from '@millrace/kernel';
import type { Runner } from './runner.ts';

/** At most this many bodies of a wide map run at once, because each takes memory. Waiting bodies don't count. */
const CONCURRENT_LIMIT_DEFAULT = 10_000;

/**
 * Tasks run on the caller's event loop: clients, pools and locks can be shared. The default.
 *
 * @param options `limit`: how many bodies run at once (default 10,000); one that waits for a child, a sleep or a limit doesn't count
 * @throws ConfigurationError when the limit isn't a whole number of 1 or more
 * @example
 * const crawl = flow({ name: 'crawl', runner: concurrent({ limit: 20 }) }, async (urls: string[]) => fetchPage.map(urls));
 */
export function concurrent(options: { readonly limit?: number } = {}): Runner {
  return { kind: 'concurrent', limit: checked('concurrent', 'limit', options.limit ?? CONCURRENT_LIMIT_DEFAULT) };
}

/**
 * Tasks run in worker threads: for bodies that keep a core busy. Arguments and results must be transferable.
 *
 * @param options `size`: how many threads
 * @throws ConfigurationError when the size isn't a whole number of 1 or more
 * @example
 * const resize = flow({ name: 'resize', runner: threads({ size: 4 }) }, async (files: string[]) => shrink.map(files));
 */
export function threads(options: { readonly size: number }): Runner {
  return { kind: 'threads', limit: checked('threads', 'size', sizeOf(options)) };
}

/**
 * Tasks run in processes of their own: a timeout really kills, a crash stays theirs.
 *
 * @param options `size`: how many processes
 * @throws ConfigurationError when the size isn't a whole number of 1 or more
 * @example
 * const render = flow({ name: 'render', runner: processes({ size: 2 }) }, async (pages: string[]) => draw.map(pages));
 */
export function processes(options: { readonly size: number }): Runner {
  return { kind: 'processes', limit: checked('processes', 'size', sizeOf(options)) };
}

/** The argument may be missing in plain JavaScript. */
function sizeOf(options: { readonly size: number } | undefined): number {
  return options?.size ?? Number.NaN;
}

function checked(runner: string, option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ConfigurationError(
    `${runner}({ ${option} }) must be a whole number of 1 or more, not ${describeValue(value)}.`,
  );
}
