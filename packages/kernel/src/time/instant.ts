/** The range of valid instants. */

/** The last instant that a row holds (epoch ms), as whole microseconds below 2^53: in the year 2255. */
export const INSTANT_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1_000);
