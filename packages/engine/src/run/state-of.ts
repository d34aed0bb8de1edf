/**
 * The state of a run as users see it (define/state.ts), made from the run when somebody asks.
 */
import type { Run } from './model.ts';
import { RunFailed } from '@millrace/kernel';
import type { State } from '../define/state.ts';

export function stateOf<T>(run: Run): State<T> {
  const { type, name, at, message, details } = run.state;
  const settlement = run.settlement;
  const value = run.value;
  return {
    type,
    name,
    at,
    message,
    details,
    runId: run.id,
    ...(settlement === 'completed' ? { value: value as T } : {}),
    ...(settlement === 'failed' ? { error: value } : {}),
    result(): T {
      if (settlement === 'completed') return value as T;
      if (settlement === 'failed') throw value;
      throw new RunFailed({
        runId: run.id,
        runName: run.name,
        message: `Run '${run.name}' has not ended: it is ${name}. Await its future first.`,
      });
    },
    toString: () => renderState(type, name, message),
  };
}

function renderState(type: string, name: string, message: string | null): string {
  const parts = [
    message === null ? '' : JSON.stringify(message),
    type.toLowerCase() === name.toLowerCase() ? '' : `type=${type}`,
  ];
  return `${name}(${parts.filter((part) => part !== '').join(', ')})`;
}
