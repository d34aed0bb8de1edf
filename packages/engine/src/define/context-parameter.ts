/**
 * Where a body takes its context: the last parameter, when its text says so.
 *
 * A call may leave optional parameters out, so the count of arguments can't tell a context from data. The parameter's own
 * text does: a destructuring of nothing but context fields (`{ signal }`), or one of the names `ctx`, `context`,
 * `taskContext`, `flowContext`, `runContext`. Any other body asks `context()`.
 */
import { parameterSources } from '@millrace/kernel';

const names = /^_?(ctx|context|taskContext|flowContext|runContext)$/i;
const fields: ReadonlySet<string> = new Set([
  'signal',
  'logger',
  'attempt',
  'flowRun',
  'taskRun',
  'parameters',
  'tags',
]);

/** The index of the context parameter, or -1. */
export function contextPosition(body: (...args: never[]) => unknown): number {
  const sources = parameterSources(body);
  const last = sources.at(-1)?.trim();
  if (last === undefined) return -1;
  return names.test(last) || destructuresContext(last) ? sources.length - 1 : -1;
}

function destructuresContext(source: string): boolean {
  const inner = /^\{([^{}]*)\}$/.exec(source)?.[1];
  if (inner === undefined) return false;
  const keys = inner
    .split(',')
    .map((part) => part.split(':')[0]?.trim() ?? '')
    .filter((key) => key !== '');
  return keys.length > 0 && keys.every((key) => fields.has(key));
}
