/** The planted faults, each in one sentence. A simulator that can't find one of them proves nothing. */
import type { Bug } from '../peer-process.ts';
import { clientBugs } from './client-bugs.ts';
import { databaseBugs } from './database-bugs.ts';
import { engineBugs } from './engine-bugs.ts';
import { ledgerBugs } from './ledger-bugs.ts';

export const plantedBugs: readonly Bug[] = [...databaseBugs, ...ledgerBugs, ...engineBugs, ...clientBugs];
