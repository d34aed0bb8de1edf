/** `millrace global-concurrency-limit create`: creates a limit. */
import { assertName, ConfigurationError } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';
import { requireLimit } from './require-limit.ts';

export interface CreateLimit {
  readonly name: string;
  readonly limit: number;
  /** Slots returned per second, for rate limits. */
  readonly slotDecayPerSecond?: number;
  readonly inactive?: boolean;
}

export async function createLimit(context: CommandContext, input: CreateLimit): Promise<undefined> {
  const { name, limit, slotDecayPerSecond = 0, inactive = false } = input;
  assertName('concurrency limit', name);
  const { limits } = await context.ledger({ makes: true });
  if ((await limits.get(name)) !== undefined)
    throw new ConfigurationError(
      `The concurrency limit '${name}' exists already: \`millrace gcl update\` changes it.`,
      { name },
    );
  await limits.set({ name, limit, slotDecayPerSecond, active: !inactive });
  if (context.isJson) writeJson(context.terminal, await requireLimit(limits, name));
  else
    context.terminal.out.write(
      `Created concurrency limit '${name}' with ${limit} ${limit === 1 ? 'slot' : 'slots'}.\n`,
    );
  return undefined;
}
