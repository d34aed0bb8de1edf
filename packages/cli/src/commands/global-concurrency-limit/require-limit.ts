/** The limit that is meant, or an error that says where to look. */
import { LimitNotFound, type LimitView, type Limits } from '@millrace/kernel';

/** @throws LimitNotFound when there is none of that name */
export async function requireLimit(limits: Limits, name: string): Promise<LimitView> {
  const limit = await limits.get(name);
  if (limit !== undefined) return limit;
  throw new LimitNotFound({ limitName: name });
}
