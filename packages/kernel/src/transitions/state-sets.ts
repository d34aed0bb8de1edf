/** Sets of state types that rules are written over, in the order in which tables show them. */
import { StateType } from '../states/state.ts';
import type { Origin } from './rule.ts';

/** All nine. */
export const anyType: readonly StateType[] = Object.values(StateType);

/** Where a transition may come from: nothing, or any type. */
export const anyOrigin: readonly Origin[] = ['NONE', ...anyType];
