/** Finds a run by a whole id or a unique prefix of one. */
import { ConfigurationError } from '@millrace/kernel';

/** The length of a UUID. */
const idLength = 36;

/** Finds runs by whole id or by prefix. */
export interface RunFinder<TRun> {
  get(id: string): Promise<TRun | undefined>;
  idsByPrefix(prefix: string, limit: number): Promise<readonly string[]>;
}

/** The run; undefined = there is none. Throws ConfigurationError when more than one run's id begins so. */
export async function findRun<TRun>(finder: RunFinder<TRun>, idOrPrefix: string): Promise<TRun | undefined> {
  if (idOrPrefix.length >= idLength) return finder.get(idOrPrefix);
  if (idOrPrefix === '') return undefined;
  const [id, ...others] = await finder.idsByPrefix(idOrPrefix, 2);
  if (others.length > 0) {
    throw new ConfigurationError(`More than one run has an id that begins with '${idOrPrefix}': give more of it.`, {
      prefix: idOrPrefix,
    });
  }
  return id === undefined ? undefined : finder.get(id);
}
