/** The limit that is meant, or an error that says where to look. */
import { ConfigurationError, type LimitView, type Limits } from '@millrace/kernel';

/** @throws ConfigurationError when there is none of that name */
export async function requireLimit(limits: Limits, name: string): Promise<LimitView> {
  const limit = await limits.get(name);
  if (limit !== undefined) return limit;
  throw new ConfigurationError(`There is no concurrency limit '${name}'. \`millrace gcl ls\` lists what there is.`, {
    name,
  });
}
