/** Looks for each planted fault with one seed after the other, until it shows. */
import { simulate } from '../simulation.ts';
import { plantedBugs } from './planted-bugs.ts';

export interface Hunt {
  readonly from: number;
  readonly seedsMax: number;
  /** Only these; default: all. */
  readonly names?: readonly string[];
}

export interface Catch {
  readonly name: string;
  /** The seed that shows it; null = none did. */
  readonly seed: number | null;
  readonly tries: number;
  readonly violation: string | undefined;
}

export async function findBugs({ from, seedsMax, names }: Hunt): Promise<readonly Catch[]> {
  const catches: Catch[] = [];
  for (const bug of plantedBugs) {
    if (names !== undefined && !names.includes(bug.name)) continue;
    let found: Catch = { name: bug.name, seed: null, tries: seedsMax, violation: undefined };
    for (let seed = from; seed < from + seedsMax && found.seed === null; seed += 1) {
      const { violations } = await simulate({ seed, bug });
      if (violations.length > 0) found = { name: bug.name, seed, tries: seed - from + 1, violation: violations[0] };
    }
    catches.push(found);
  }
  return catches;
}
