/**
 * Cache policies as data: the parts of a call that make up its cache key.
 *
 * A policy is a value: `and` and `without` return new ones. As in Prefect, the parts are inputs, source, run id and flow parameters; unlike
 * in Prefect, their order and repetitions make no difference.
 */
import { knownToCopies } from '../process/copies.ts';

/** One thing that a cache key depends on. */
export type CachePart =
  | { readonly kind: 'inputs'; readonly without: readonly string[] }
  | { readonly kind: 'source' }
  | { readonly kind: 'runId' }
  | { readonly kind: 'flowParameters' };

/**
 * A cache policy: make one with `inputs()`, `source()`, `runId()`, `flowParameters()` or `none()`.
 *
 * @example
 * task(fetchPage, { cache: inputs().without('session').and(source()) });
 */
export class CachePolicy {
  readonly parts: readonly CachePart[];

  constructor(parts: readonly CachePart[]) {
    this.parts = Object.freeze([...parts]);
    Object.freeze(this);
  }

  /**
   * Both policies' conditions at once.
   *
   * @example
   * inputs().and(runId()); // equal arguments within one flow run
   */
  and(other: CachePolicy): CachePolicy {
    return new CachePolicy([...this.parts, ...other.parts]);
  }

  /**
   * The policy without these parameters: calls that differ in them only are the same. Changes `inputs()` parts only.
   *
   * @example
   * inputs().without('logger', 'requestId');
   */
  without(...names: readonly string[]): CachePolicy {
    return new CachePolicy(
      this.parts.map((part) =>
        part.kind === 'inputs'
          ? { kind: 'inputs', without: Object.freeze([...new Set([...part.without, ...names])].sort()) }
          : part,
      ),
    );
  }
}
knownToCopies('CachePolicy', CachePolicy);

/**
 * Equal arguments. A call without any has no inputs, which as in Prefect is no key: join it with `source()` to cache such a call.
 *
 * @example
 * task(convert, { cache: inputs() });
 */
export function inputs(): CachePolicy {
  return new CachePolicy([{ kind: 'inputs', without: [] }]);
}

/**
 * The text of the task's function: a change of the code computes again. What the function calls is not part of it.
 *
 * @example
 * task(convert, { cache: inputs().and(source()) });
 */
export function source(): CachePolicy {
  return new CachePolicy([{ kind: 'source' }]);
}

/**
 * The flow run: nothing is shared between runs. Outside of a flow, the task run.
 *
 * @example
 * task(convert, { cache: inputs().and(runId()) });
 */
export function runId(): CachePolicy {
  return new CachePolicy([{ kind: 'runId' }]);
}

/**
 * The parameters of the flow run that calls. No key for a flow without parameters, or outside of a flow.
 *
 * @example
 * task(loadTable, { cache: flowParameters() });
 */
export function flowParameters(): CachePolicy {
  return new CachePolicy([{ kind: 'flowParameters' }]);
}

/**
 * Never cached. Joined with another policy it changes nothing.
 *
 * @example
 * task(now, { cache: none() });
 */
export function none(): CachePolicy {
  return new CachePolicy([]);
}
