/** `millrace global-concurrency-limit inspect`: one limit and the holders of its slots. */
import type { CommandContext } from '../../context/command-context.ts';
import { writeFields } from '../../output/table.ts';
import { writeJson } from '../../output/write-json.ts';
import { requireLimit } from './require-limit.ts';

export async function inspectLimit(context: CommandContext, input: { readonly name: string }): Promise<undefined> {
  const { limits } = await context.readLedger();
  const limit = await requireLimit(limits, input.name);
  const { terminal } = context;
  if (context.isJson) writeJson(terminal, limit);
  else
    writeFields(terminal.out, [
      ['Limit', terminal.out.paint.bold(limit.name)],
      ['Slots', String(limit.limit)],
      ['Taken', String(limit.occupied)],
      ['Slot decay', limit.slotDecayPerSecond === 0 ? null : `${limit.slotDecayPerSecond} a second`],
      ['Active', limit.active ? 'yes' : 'no: it has no effect'],
      ['Held by', limit.heldBy.join('\n')],
    ]);
  return undefined;
}
