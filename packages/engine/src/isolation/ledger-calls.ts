/**
 * What an isolated body may ask by name, and how the host does it: of the ledger variables, artifacts, limits, and reading
 * runs; and to show an item that its generator yielded. The worker has no ledger of its own.
 */
import { ConfigurationError, decodeValue, type Ledger } from '@millrace/kernel';
import { rateLimit, type SlotOptions } from '../limits/concurrency.ts';
import { streamOf } from '../runs/item-stream.ts';
import type { Frame } from '../runs/model.ts';

const groups = ['variables', 'artifacts', 'limits', 'runs'] as const;
type Group = (typeof groups)[number];
type Methods = Readonly<Record<string, ((...args: readonly unknown[]) => Promise<unknown>) | undefined>>;

/** Does the call as part of the frame, after what its run has recorded so far. */
export async function callLedger(
  frame: Frame,
  call: { readonly group: string; readonly method: string; readonly args: string },
): Promise<unknown> {
  const { group, method } = call;
  const args = decodeValue(call.args) as readonly unknown[];
  if (method === 'rateLimit') return await rateLimit(args[0] as string | string[], args[1] as SlotOptions);
  if (group === 'items') return shown(frame, args[0]);
  const ledger = await frame.runtime.ledger();
  const called = isGroup(group) ? (ledger[group] as unknown as Methods)[method] : undefined;
  if (called === undefined) throw new ConfigurationError(`An isolated body can't ask for '${group}.${method}'.`);
  // What is written may refer to the run: its record comes first.
  await frame.run.execution?.committed();
  return await called.apply(ledger[group as Group], [...args]);
}

/** By the frame, and so by the attempt: one that is made again yields from the start. */
const yielded = new WeakMap<Frame, unknown[]>();

/** Gives an item to whoever iterates the run; false when nobody wants more. */
function shown(frame: Frame, item: unknown): boolean {
  const stream = streamOf(frame.run);
  const items = yielded.get(frame) ?? [];
  items.push(item);
  yielded.set(frame, items);
  stream.items = items;
  stream.changed();
  return !stream.isLeft;
}

/** The ledger as an isolated body has it: each call is asked of the host. */
export function ledgerOver(ask: (group: string, method: string, args: readonly unknown[]) => Promise<unknown>): Ledger {
  const made = groups.map((group) => [
    group,
    new Proxy(
      {},
      {
        get:
          (_, method) =>
          (...args: readonly unknown[]) =>
            ask(group, String(method), args),
      },
    ),
  ]);
  // Changes are not announced to a worker: what waits for one asks again after a while.
  return { ...Object.fromEntries(made), watch: () => ({ close: () => {} }) } as Ledger;
}

function isGroup(group: string): group is Group {
  return groups.some((known) => known === group);
}
