/** Sets of state types for the rules, in the order in which tables print them. */
import { StateType } from '../states/state.ts';
import type { Origin } from './rule.ts';

/** All nine. */
export const anyType: readonly StateType[] = Object.values(StateType);

/** Where a transition may come from: nothing, or any type. */
export const anyOrigin: readonly Origin[] = ['NONE', ...anyType];
