/**
 * Encodes and decodes the values that cross between an isolated body and its host. A future crosses as the number of its run, at any depth
 * of plain data; everything else crosses as text of the codec.
 */
import { decodeValue, encodeValue, NotSerializable, NotTransferable, replacedIn } from '@millrace/kernel';
import { AllowFailure } from '../definitions/annotations.ts';
import { RunFuture } from '../futures/run-future.ts';
import { RunFutureList } from '../futures/run-future-list.ts';
import type { Run } from '../runs/model.ts';

/** Marks the position of a future in plain data. A key that user data never has. */
const MARK = '\u0000millrace-future';
/** The mark as the codec writes it. Data without it need not be walked. */
const WRITTEN_MARK = 'millrace-future';

type Mark = { readonly run: number } | { readonly runs: readonly number[] } | { readonly allow: unknown };

/** The text of a value that crosses. @throws NotTransferable naming the part that can't */
export function crossed(
  value: unknown,
  options: { readonly owner: string; readonly path: string; readonly numberOf: (run: Run) => number },
): string {
  const { owner, path, numberOf } = options;
  const refuse = (problem: string, cause?: unknown): never => {
    throw new NotTransferable({ taskName: owner, path, problem, cause });
  };
  const markOf = (item: unknown): Record<string, Mark> | undefined => {
    if (item instanceof RunFuture) return marked({ run: numberOf(RunFuture.runOf(item)) });
    if (item instanceof AllowFailure) return marked({ allow: markOf(item.future) ?? item.future });
    if (!(item instanceof RunFutureList)) return undefined;
    const runs = RunFutureList.runsOf(item);
    if (runs instanceof Promise) return refuse('the map does not know its length yet; await what it maps over first');
    return marked({ runs: runs.map(numberOf) });
  };
  const mark = (item: object): { readonly value: unknown } | undefined => {
    const found = markOf(item);
    return found === undefined ? undefined : { value: found };
  };
  try {
    return encodeValue(replacedIn(value, mark), path);
  } catch (error) {
    if (!(error instanceof NotSerializable)) throw error;
    throw new NotTransferable({
      taskName: owner,
      path: String(error.details.path ?? path),
      problem: String(error.details.problem),
      cause: error,
    });
  }
}

/** The value behind the text, with futures over the runs that `runOf` finds. */
export function arrived(text: string, runOf: (number: number) => Run): unknown {
  const value = decodeValue(text);
  if (!text.includes(WRITTEN_MARK)) return value;
  const futureOf = (found: Mark): unknown => {
    if ('run' in found) return new RunFuture(runOf(found.run));
    if ('runs' in found) return new RunFutureList(found.runs.map(runOf));
    return new AllowFailure(revived(found.allow) as PromiseLike<unknown>);
  };
  const revived = (item: unknown): unknown =>
    replacedIn(item, (part) => {
      const found = (part as Record<string, Mark | undefined>)[MARK];
      return found === undefined ? undefined : { value: futureOf(found) };
    });
  return revived(value);
}

function marked(found: Mark): Record<string, Mark> {
  return { [MARK]: found };
}
