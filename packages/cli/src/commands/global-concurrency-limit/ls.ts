/** `millrace global-concurrency-limit ls`: limits by name, with the slots in use. */
import type { LimitView } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeTable } from '../../output/table.ts';
import { writeJson } from '../../output/write-json.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { storedAt } from '../../environment/stored-at.ts';

export async function listLimits(context: CommandContext, input: { readonly limit: number }): Promise<undefined> {
  const { limits } = await context.readLedger();
  const found = await limits.list({ limit: input.limit });
  const { terminal } = context;
  if (context.isJson) {
    writeJson(terminal, found);
    return undefined;
  }
  if (found.length === 0) {
    terminal.err.write(
      `No concurrency limits in ${storedAt(context.environment)}. Make one with: ${invokedAs(context.environment)} gcl create NAME --limit N\n`,
    );
    return undefined;
  }
  writeTable(
    terminal.out,
    [
      { title: 'NAME', cell: (one: LimitView) => one.name, isFlexible: true },
      { title: 'LIMIT', cell: (one) => String(one.limit), align: 'right' },
      { title: 'TAKEN', cell: (one) => String(one.occupied), align: 'right' },
      {
        title: 'DECAY/S',
        cell: (one) => (one.slotDecayPerSecond === 0 ? '' : String(one.slotDecayPerSecond)),
        align: 'right',
      },
      { title: 'ACTIVE', cell: (one) => (one.active ? 'yes' : 'no') },
    ],
    found,
  );
  return undefined;
}
