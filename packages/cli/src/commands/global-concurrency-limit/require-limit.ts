/** Finds a limit by name. */
import { LimitNotFound, type LimitView, type Limits } from '@millrace/kernel';

/** @throws LimitNotFound if there is none of that name */
export async function requireLimit(limits: Limits, name: string): Promise<LimitView> {
  const limit = await limits.get(name);
  if (limit !== undefined) return limit;
  throw new LimitNotFound({ limitName: name });
}
