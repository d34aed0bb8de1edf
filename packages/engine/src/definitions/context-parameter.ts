/**
 * Finds the parameter in which a body takes its context: the last one, if its source text says so.
 *
 * A call may omit optional parameters, and types are gone at run time, so neither the number of arguments nor a type distinguishes
 * a context from data. The source text of the parameter does: a destructuring of context fields (`{ signal }`, with any defaults and
 * rest), or a name that is or ends in `ctx` or `context` (`taskCtx`, `run_context`). Any other body calls `context()`.
 *
 * A flow with `input` takes one argument, so its second parameter is the context under any name.
 */
import { parameterPatterns } from './parameter-list.ts';
import { parameterSources } from './parameter-names.ts';

const names = /^_*(?:ctx|context)$|[a-z0-9](?:Ctx|Context)$|_(?:ctx|context)$|^(?:CTX|CONTEXT|Ctx|Context)$/;
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
  if (last === undefined || last.startsWith('...')) return -1;
  return names.test(last) || destructuresContext(last) ? sources.length - 1 : -1;
}

function destructuresContext(source: string): boolean {
  const inner = /^\{(.*)\}$/s.exec(source)?.[1];
  const patterns = inner === undefined ? undefined : parameterPatterns(`(${inner}) => 0`);
  const keys = (patterns ?? []).filter((pattern) => !pattern.startsWith('...')).map(keyOf);
  return keys.length > 0 && keys.every((key) => fields.has(key));
}

function keyOf(pattern: string): string {
  return (
    pattern
      .split(':')[0]
      ?.trim()
      .replace(/^(['"])(.*)\1$/, '$2') ?? ''
  );
}
