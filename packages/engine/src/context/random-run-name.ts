/** Random names for runs without one: two words, as in Prefect (`spiked-cougar`). Randomness is an argument. */
import { adjectives, animals } from './run-name-words.ts';

/**
 * Draws a name for a run. Names are for people and may repeat; the id identifies a run.
 *
 * @param random a draw from [0, 1).
 * @returns an adjective and an animal, with a hyphen between.
 * @example
 * runName(Math.random) // 'nimble-otter'
 */
export function runName(random: () => number): string {
  return `${draw(adjectives, random)}-${draw(animals, random)}`;
}

function draw(words: readonly string[], random: () => number): string {
  return words[Math.min(words.length - 1, Math.floor(random() * words.length))] ?? '';
}
