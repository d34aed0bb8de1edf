/** `millrace global-concurrency-limit update`: changes the given properties and keeps the others. Held slots stay held. */
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';
import { UsageError } from '../../arguments/usage-error.ts';
import { requireLimit } from './require-limit.ts';

export interface UpdateLimit {
  readonly name: string;
  readonly limit?: number;
  readonly slotDecayPerSecond?: number;
  readonly active?: boolean;
  readonly inactive?: boolean;
}

export async function updateLimit(context: CommandContext, input: UpdateLimit): Promise<undefined> {
  const { name } = input;
  const changes = {
    ...(input.limit === undefined ? {} : { limit: input.limit }),
    ...(input.slotDecayPerSecond === undefined ? {} : { slotDecayPerSecond: input.slotDecayPerSecond }),
    ...activeFrom(input),
  };
  if (Object.keys(changes).length === 0)
    throw new UsageError('Nothing to change: give --limit, --slot-decay-per-second, --active or --inactive.');
  const { limits } = await context.ledger();
  const { limit, slotDecayPerSecond, active } = await requireLimit(limits, name);
  await limits.set({ name, limit, slotDecayPerSecond, active, ...changes });
  if (context.isJson) writeJson(context.terminal, await requireLimit(limits, name));
  else context.terminal.out.write(`Changed concurrency limit '${name}'.\n`);
  return undefined;
}

function activeFrom({ active = false, inactive = false }: UpdateLimit): { readonly active?: boolean } {
  if (active && inactive) throw new UsageError('A limit is active or inactive: give one of the two.');
  return active || inactive ? { active } : {};
}
