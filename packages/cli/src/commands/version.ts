/** `millrace version`: the versions that a bug report should include. */
import type { CommandContext } from '../context/command-context.ts';
import { writeFields } from '../output/table.ts';
import { writeJson } from '../output/write-json.ts';
import { storedAt } from '../environment/stored-at.ts';
import { cliVersion } from '../environment/version.ts';

export async function showVersion({ terminal, isJson, environment }: CommandContext): Promise<undefined> {
  const versions = {
    millrace: cliVersion(),
    node: process.versions.node,
    sqlite: process.versions['sqlite'] ?? null,
    platform: `${process.platform} ${process.arch}`,
    database: storedAt(environment),
  };
  if (isJson) {
    writeJson(terminal, versions);
    return undefined;
  }
  const { millrace, node, sqlite, platform, database } = versions;
  writeFields(terminal.out, [
    ['Millrace', millrace],
    ['Node', node],
    ['SQLite', sqlite],
    ['Platform', platform],
    ['Database', database],
  ]);
  return undefined;
}
