/** `millrace db prune`: deletes runs that ended long ago, in small steps so that other processes need not wait. Ctrl-C stops between steps. */
import { parseDuration } from '@millrace/kernel';
import { type PruneCounts, pruneStore, type Store } from '@millrace/store';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { writeJson } from '../../output/write-json.ts';
import { withStore } from '../../context/with-store.ts';

export interface PruneDatabase {
  /** A duration, such as `30d`. */
  readonly olderThan: string;
  readonly dryRun?: boolean;
}

const pageSize = 500;

interface EndedPage {
  readonly ids: readonly string[];
  readonly after: string | undefined;
}

export async function pruneDatabase(context: CommandContext, input: PruneDatabase): Promise<number> {
  const olderThanMs = parseDuration(input.olderThan, '--older-than');
  if (input.dryRun === true) return await showOld(context, olderThanMs, input.olderThan);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop);
  try {
    const options = { olderThanMs, limit: Number.MAX_SAFE_INTEGER, signal: stopping.signal };
    const counts = await withStore(context, (store) => pruneStore(store, options));
    report(context, counts);
    return counts.complete ? ExitCode.Ok : ExitCode.Interrupted;
  } finally {
    process.off('SIGINT', stop);
  }
}

async function showOld(context: CommandContext, olderThanMs: number, shown: string): Promise<number> {
  const flowRuns = await withStore(context, (store) => countOld(store, olderThanMs), { access: 'read' });
  if (context.isJson) writeJson(context.terminal, { flowRuns });
  else
    context.terminal.out.write(
      `${flowRuns} outermost flow runs ended more than ${shown} ago: they would be deleted with all their descendants.\n`,
    );
  return ExitCode.Ok;
}

async function countOld(store: Store, olderThanMs: number): Promise<number> {
  const endedBefore = (await store.read((transaction) => transaction.now())) - olderThanMs;
  const read = (after: string): Promise<EndedPage> =>
    store.read(({ maintenance }) => maintenance.endedFlowRuns({ endedBefore, limit: pageSize, after }));
  let count = 0;
  let page = await read('');
  for (;;) {
    count += page.ids.length;
    if (page.after === undefined) return count;
    page = await read(page.after);
  }
}

function report({ terminal, isJson }: CommandContext, counts: PruneCounts): void {
  if (isJson) {
    writeJson(terminal, counts);
    return;
  }
  const { complete, ...deleted } = counts;
  const parts = Object.entries(deleted).flatMap(([name, count]) => (count === 0 ? [] : `${count} ${wordsOf(name)}`));
  terminal.out.write(parts.length === 0 ? 'Nothing is that old.\n' : `Deleted ${parts.join(', ')}.\n`);
  if (!complete) terminal.err.write('There is more: run the command again.\n');
}

/** `cacheEntries` as `cache entries`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
