/** States as text for people, in the form that Prefect prints: `Failed("boom")`, `TimedOut("...", type=FAILED)`. */
import type { State } from './state.ts';

/**
 * A state as one piece of text: its name, its message when it has one, and its type when the name doesn't say it.
 *
 * @example
 * renderState(failed(now, { message: 'boom' })) // 'Failed("boom")'
 * renderState(cached(now, 'key'))               // 'Cached(type=COMPLETED)'
 */
export function renderState(state: Pick<State, 'name' | 'type' | 'message'>): string {
  const parts: string[] = [];
  if (state.message !== null && state.message !== '') parts.push(JSON.stringify(state.message));
  if (state.name.toUpperCase() !== state.type) parts.push(`type=${state.type}`);
  return `${state.name}(${parts.join(', ')})`;
}
