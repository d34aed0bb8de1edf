/** The planted faults, each in one sentence. A simulator that can't find one of them proves nothing. */
import type { Bug } from '../simulated-process.ts';

export const plantedBugs: readonly Bug[] = [];
