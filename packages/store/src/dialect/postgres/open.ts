/** placeholder */
import type { Dialect } from '../dialect.ts';
export async function openPostgres(_o: unknown): Promise<Dialect> {
  throw new Error('not yet');
}
