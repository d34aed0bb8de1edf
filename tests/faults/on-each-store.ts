/** A fault's tests run on both stores: on PostgreSQL when a server answers, else they are skipped and say so. */
import { inject, test } from 'vitest';
import { dialects, Place } from '../processes/place.ts';

export const faultTimeoutMs = 60_000;

/** Runs the body in a place of its own on each store. */
export function onEachStore(name: string, body: (place: Place) => Promise<void>): void {
  test.for(dialects)(`${name} (%s)`, { timeout: faultTimeoutMs }, async (dialect, { skip }) => {
    const postgresUrl = inject('postgresUrl');
    if (dialect === 'postgres' && postgresUrl === '') skip('no PostgreSQL server answers');
    await using place = new Place(dialect, postgresUrl);
    await body(place);
  });
}
