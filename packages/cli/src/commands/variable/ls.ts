/** `millrace variable ls`: variables by name. */
import { decoded } from '@millrace/views';
import type { Ledger } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeTable } from '../../output/table.ts';
import { storedValue, valueLine } from '../../output/value-text.ts';
import { writeJson } from '../../output/write-json.ts';
import { invokedAs } from '../../environment/invoked-as.ts';
import { storedAt } from '../../environment/stored-at.ts';

type Variable = Awaited<ReturnType<Ledger['variables']['list']>>[number];

export async function listVariables(context: CommandContext, input: { readonly limit: number }): Promise<undefined> {
  const { variables } = await context.readLedger();
  const listed = await variables.list({ limit: input.limit + 1 });
  const found = listed.slice(0, input.limit);
  const { terminal } = context;
  if (context.isJson) {
    writeJson(
      terminal,
      found.map(({ name, value, tags }) => ({ name, value: decoded(value), tags })),
    );
    return undefined;
  }
  if (found.length === 0) {
    terminal.err.write(
      `No variables in ${storedAt(context.environment)}. Create one with: ${invokedAs(context.environment)} variable set NAME VALUE\n`,
    );
    return undefined;
  }
  writeTable(
    terminal.out,
    [
      { title: 'NAME', cell: (one: Variable) => one.name },
      { title: 'VALUE', cell: (one) => storedValue(one.value, valueLine), isFlexible: true },
      { title: 'TAGS', cell: (one) => one.tags.join(', '), isFlexible: true },
    ],
    found,
  );
  if (listed.length > found.length)
    terminal.err.write(`Only the first ${input.limit} are shown: --limit N shows more.\n`);
  return undefined;
}
