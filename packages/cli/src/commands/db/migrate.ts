/** `millrace db migrate`: applies missing migrations, as opening for writing does. Processes of older versions keep working. */
import type { CommandContext } from '../../context/command-context.ts';
import { writeJson } from '../../output/write-json.ts';
import { withStore } from '../../context/with-store.ts';

export async function migrateDatabase(context: CommandContext): Promise<undefined> {
  const { location, dialect } = await withStore(context, async ({ location, dialect }) => ({ location, dialect }));
  if (context.isJson) writeJson(context.terminal, { kind: dialect, location, isUpToDate: true });
  else context.terminal.out.write(`${location} is up to date.\n`);
  return undefined;
}
