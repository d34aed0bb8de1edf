/**
 * Ids of states: derived from the id of the run and the state's ordinal in it, and so never stored.
 *
 * A run id that `createIdSource` made is of version 7 and ends in twelve zero bits. The id of a state is its run's id with version 8,
 * and the ordinal in these bits. A run whose id came from a client has other bits there, so each of its states is given an id instead.
 */

/** Twelve bits hold so many ordinals. */
const ordinalCount = 4096;

const ownRunId = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{9}000$/;
const derivedId = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Whether the ids of a run's states can be derived from the run's own id.
 *
 * @param runId a UUID as text, in lower case.
 */
export function derivesStateIds(runId: string): boolean {
  return ownRunId.test(runId);
}

/**
 * The id of the state with this ordinal.
 *
 * @param runId of which `derivesStateIds` holds.
 * @param ordinal 0 for the run's first state. A run with more than 4,096 states uses each id but the first's again, long after its
 *   history has dropped the state that had it.
 * @example
 * stateIdOf('01939f2a-6c1e-7b1c-9a55-0c7a6f1e2000', 2) // '01939f2a-6c1e-8b1c-9a55-0c7a6f1e2002'
 */
export function stateIdOf(runId: string, ordinal: number): string {
  return `${runId.slice(0, 14)}8${runId.slice(15, 33)}${lowBits(ordinal).toString(16).padStart(3, '0')}`;
}

/**
 * The run that a derived id belongs to, and the low twelve bits of the ordinal: see `hasLowBits`.
 *
 * @returns undefined when `stateIdOf` did not make the id.
 */
export function parseStateId(id: string): { readonly runId: string; readonly bits: number } | undefined {
  if (!derivedId.test(id)) return undefined;
  return { runId: `${id.slice(0, 14)}7${id.slice(15, 33)}000`, bits: Number.parseInt(id.slice(33), 16) };
}

/** Whether the id of the state with this ordinal ends in these bits. */
export function hasLowBits(ordinal: number, bits: number): boolean {
  return lowBits(ordinal) === bits;
}

/** Only the first state has 0, because a history that is cut keeps the first state for ever. */
function lowBits(ordinal: number): number {
  return ordinal < ordinalCount ? ordinal : 1 + ((ordinal - 1) % (ordinalCount - 1));
}
