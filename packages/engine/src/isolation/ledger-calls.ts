/**
 * Requests by name of an isolated body, which has no ledger of its own: variables, artifacts, limits and reading of runs in the
 * ledger, and the report of an item that its generator yielded.
 */
import { ConfigurationError, decodeValue, type Ledger } from '@millrace/kernel';
import { rateLimit, type SlotOptions } from '../limits/concurrency.ts';
import { streamOf } from '../runs/item-stream.ts';
import type { Frame } from '../runs/model.ts';

const groups = ['variables', 'artifacts', 'limits', 'runs'] as const;
type Group = (typeof groups)[number];
type Methods = Readonly<Record<string, ((...args: readonly unknown[]) => Promise<unknown>) | undefined>>;

/** Runs the call as part of the frame, after the run's earlier writes are committed. */
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
  // The row may refer to the run, whose record has to come first.
  await frame.run.execution?.committed();
  return await called.apply(ledger[group as Group], [...args]);
}

/** By frame, because a later attempt has another frame and yields from the start. */
const yielded = new WeakMap<Frame, unknown[]>();

/** Gives an item to the iterations of the run; false if all of them have stopped. */
function shown(frame: Frame, item: unknown): boolean {
  const stream = streamOf(frame.run);
  const items = yielded.get(frame) ?? [];
  items.push(item);
  yielded.set(frame, items);
  stream.items = items;
  stream.changed();
  return !stream.isLeft;
}

/** The ledger of an isolated body: each call is a request to the host. */
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
  // Notifications are not sent to a worker, so its waits poll.
  return { ...Object.fromEntries(made), watch: () => ({ close: () => {} }) } as Ledger;
}

function isGroup(group: string): group is Group {
  return groups.some((known) => known === group);
}
