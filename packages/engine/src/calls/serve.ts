/**
 * `serve`: makes this process take up runs of its flows: orphans of dead processes, sleeping runs that are due, and runs that were
 * enqueued, signalled, resumed or forked.
 */
import { ConfigurationError } from '@millrace/kernel';
import { currentRuntime } from '../runs/default-runtime.ts';

/** The part of a flow that `serve` uses. */
export interface Servable {
  readonly flowName: string;
}

/** How much a process takes up, and when it stops. */
export interface ServeOptions {
  /** How many runs this process takes up at once; default: no limit. */
  readonly limit?: number;
  /** Stops serving when aborted; runs under way end first. */
  readonly signal?: AbortSignal;
}

/**
 * Serves flows until the process gets a signal to stop (SIGINT, SIGTERM, or the signal given). Any number of processes may serve
 * the same flows on one database.
 *
 * @param flows the flows, and options last
 * @throws ConfigurationError without a flow
 * @example
 * await serve(nightly, hourly);
 */
export async function serve(...flows: readonly [...Servable[], Servable | ServeOptions]): Promise<void> {
  const last = flows.at(-1);
  const options: ServeOptions = last === undefined || 'flowName' in last ? {} : last;
  const names = flows.filter((item): item is Servable => 'flowName' in item).map((item) => item.flowName);
  if (names.length === 0) throw new ConfigurationError('serve() needs at least one flow.');
  const runtime = currentRuntime();
  await runtime.serve(names, options);
}
