import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replacedIn, someIn, visitAll } from './plain-graph.ts';

class Wanted {
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}
const isWanted = (item: object): boolean => item instanceof Wanted;

type Plain = { kind: 'object'; value: Record<string, unknown> } | { kind: 'list' | 'map' | 'set'; value: object };

/** A graph of containers that refer to each other at random, with some wanted objects in it. */
const graph = fc
  .record({
    kinds: fc.array(fc.constantFrom('object', 'list', 'map', 'set'), { minLength: 1, maxLength: 40 }),
    edges: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 120 }),
    wanted: fc.array(fc.nat(), { maxLength: 3 }),
  })
  .map(({ kinds, edges, wanted }) => {
    const nodes = kinds.map((kind) => ({
      kind,
      value: kind === 'object' ? {} : kind === 'list' ? [] : kind === 'map' ? new Map() : new Set(),
    })) as Plain[];
    const put = (holder: Plain | undefined, part: unknown, key: string): void => {
      if (holder === undefined) return;
      if (holder.kind === 'object') (holder.value as Record<string, unknown>)[key] = part;
      else if (holder.kind === 'list') (holder.value as unknown[]).push(part);
      else if (holder.kind === 'set') (holder.value as Set<unknown>).add(part);
      else (holder.value as Map<unknown, unknown>).set(key, part).set(part, key);
    };
    for (const [index, [from, to]] of edges.entries())
      put(nodes[from % nodes.length], nodes[to % nodes.length]?.value, `k${index}`);
    for (const [index, at] of wanted.entries()) put(nodes[at % nodes.length], new Wanted(index), `w${index}`);
    return nodes[0]?.value as object;
  });

/** Every object that can be reached, by a walk of the test's own. */
function reachable(root: unknown): ReadonlySet<object> {
  const found = new Set<object>();
  const visit = (item: unknown): void => {
    if (typeof item !== 'object' || item === null || found.has(item)) return;
    found.add(item);
    if (item instanceof Map) for (const [key, value] of item) [key, value].forEach(visit);
    else if (item instanceof Set) for (const member of item) visit(member);
    else if (!isWanted(item)) Object.values(item).forEach(visit);
  };
  visit(root);
  return found;
}

/** The shape of a value with its identities: the same text for two values that no walk can tell apart. */
function shapeText(root: unknown): string {
  const numbers = new Map<object, number>();
  const visit = (item: unknown): string => {
    if (item instanceof Wanted) return `<${item.id}>`;
    if (typeof item !== 'object' || item === null) return String(item);
    const known = numbers.get(item);
    if (known !== undefined) return `#${known}`;
    numbers.set(item, numbers.size);
    if (item instanceof Map) return `M(${[...item].map(([key, value]) => `${visit(key)}=${visit(value)}`).join()})`;
    if (item instanceof Set) return `S(${[...item].map(visit).join()})`;
    return `${Array.isArray(item) ? 'A' : 'O'}(${Object.entries(item)
      .map(([key, value]) => `${key}=${visit(value)}`)
      .join()})`;
  };
  return visit(root);
}

describe('a walk over plain data', () => {
  it('visits each object once, and finds what is there', () => {
    fc.assert(
      fc.property(graph, (value) => {
        const visited: object[] = [];
        visitAll(value, (item) => {
          visited.push(item);
          return 'enter';
        });
        const all = reachable(value);
        expect(visited.length).toBe(all.size);
        expect(new Set(visited)).toEqual(all);
        expect(someIn(value, isWanted)).toBe([...all].some(isWanted));
      }),
    );
  });

  it('copies exactly what leads to what is replaced, with cycles and shared references as they were', () => {
    fc.assert(
      fc.property(graph, (value) => {
        const before = shapeText(value);
        const copy = replacedIn(value, (item) => (item instanceof Wanted ? { value: `<${item.id}>` } : undefined));
        expect(shapeText(copy)).toBe(before);
        expect(shapeText(value)).toBe(before);
        expect([...reachable(copy)].some(isWanted)).toBe(false);
        for (const kept of reachable(copy)) {
          if (reachable(value).has(kept)) expect([...reachable(kept)].some(isWanted)).toBe(false);
        }
      }),
    );
  });

  it('asks a bounded number of times in a value whose paths are without number', () => {
    let readCount = 0;
    const count = (): boolean => {
      readCount += 1;
      return false;
    };
    const nodes = Array.from({ length: 1_000 }, () => ({ links: [] as unknown[] }));
    for (const [index, node] of nodes.entries())
      node.links.push(nodes[(index + 1) % 1_000], nodes[(index * 7) % 1_000]);
    let shared: object = {};
    for (let depth = 0; depth < 60; depth += 1) shared = { left: shared, right: shared };
    for (const value of [nodes[0], shared]) expect(someIn(value, count)).toBe(false);
    expect(readCount).toBeLessThan(2 * 300 + 2_000 + 61);
  });

  it('goes to any depth', () => {
    let list: object = new Wanted(1);
    for (let depth = 0; depth < 100_000; depth += 1) list = { next: list };
    expect(someIn(list, isWanted)).toBe(true);
    const copy = replacedIn(list, (item) => (isWanted(item) ? { value: 1 } : undefined));
    expect(someIn(copy, isWanted)).toBe(false);
  });

  it('keeps holes, prototypes and keys that are no prototype', () => {
    const wanted = new Wanted(1);
    const holes: unknown[] = [wanted];
    holes[2] = 2;
    const bare = Object.assign(Object.create(null) as object, { wanted });
    const named = JSON.parse('{"__proto__": 1}') as Record<string, unknown>;
    named['wanted'] = wanted;
    const copy = replacedIn([holes, bare, named], (item) =>
      item === wanted ? { value: 'x' } : undefined,
    ) as (typeof holes)[];
    expect(Object.entries(copy[0] ?? {})).toEqual([
      ['0', 'x'],
      ['2', 2],
    ]);
    expect(Object.getPrototypeOf(copy[1])).toBe(null);
    expect(Object.keys(copy[2] as object)).toEqual(['__proto__', 'wanted']);
    expect(Object.getPrototypeOf(copy[2])).toBe(Object.prototype);
  });
});
