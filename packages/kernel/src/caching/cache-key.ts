/**
 * Computes the cache key of a call under a policy. Pure: the digest is an argument.
 *
 * The task is part of every key, so that calls of two tasks never share a value, even if their arguments are equal. (In Prefect they do.)
 */
import { NotSerializable } from '../errors/value-errors.ts';
import { canonicalText } from '../keys/canonical-text.ts';
import type { CachePart, CachePolicy } from './cache-policy.ts';

/** A call, as a cache policy sees it. */
export interface CacheKeyContext {
  readonly taskKey: string;
  /** The text of the task's function. */
  readonly sourceText: string;
  /** The arguments by the names of their parameters. Called only for a policy that they are a part of. */
  readonly parameters: () => Readonly<Record<string, unknown>>;
  readonly flowParameters: Readonly<Record<string, unknown>>;
  /** null = called outside of a flow. */
  readonly flowRunId: string | null;
  readonly taskRunId: string;
  /** A stable digest of a text, at least 128 bits. */
  readonly digest: (text: string) => string;
}

/**
 * The key, or undefined when the call is not to be cached: no part of the policy says anything about it.
 *
 * @throws NotSerializable naming the argument that has no hash, so that a wrong key is never made up
 *
 * @example
 * cacheKey(inputs().and(runId()), context); // '3hV...' or undefined
 */
export function cacheKey(policy: CachePolicy, context: CacheKeyContext): string | undefined {
  const texts = new Set<string>();
  for (const part of policy.parts) {
    const text = partText(part, context);
    if (text !== undefined) texts.add(`${part.kind}:${context.digest(text)}`);
  }
  if (texts.size === 0) return undefined;
  return context.digest([`${context.taskKey.length}:${context.taskKey}`, ...[...texts].sort()].join('\n'));
}

function partText(part: CachePart, context: CacheKeyContext): string | undefined {
  switch (part.kind) {
    case 'inputs':
      return inputsText(part.without, context);
    case 'source':
      return context.sourceText;
    case 'runId':
      return context.flowRunId === null ? `task ${context.taskRunId}` : `flow ${context.flowRunId}`;
    case 'flowParameters':
      return valuesText(context.flowParameters, { what: 'flow parameter', digest: context.digest });
  }
}

function inputsText(without: readonly string[], context: CacheKeyContext): string | undefined {
  const byName = { ...context.parameters() };
  for (const name of without) delete byName[name];
  return valuesText(byName, { what: 'argument', digest: context.digest });
}

function valuesText(
  values: Readonly<Record<string, unknown>>,
  how: { readonly what: string; readonly digest: (text: string) => string },
): string | undefined {
  const names = Object.keys(values).sort();
  if (names.length === 0) return undefined;
  return names
    .map((name) => `${name.length}:${name}${valueText(values[name], `${how.what} '${name}'`, how.digest)}`)
    .join(',');
}

function valueText(value: unknown, where: string, digest: (text: string) => string): string {
  const text = canonicalText(value, digest);
  if (text !== undefined) return text;
  throw new NotSerializable({
    path: where,
    problem: 'it is no data, so no cache key can be made of it',
    wayOut: "Leave it out with .without('...'), or give the task a cacheKey.",
  });
}
