/** `millrace db location`: the location of the database on one line, for scripts. */
import { existsSync, statSync } from 'node:fs';
import { readSettings } from '@millrace/local';
import type { CommandContext } from '../../context/command-context.ts';
import { databaseKind, databasePath } from '../../environment/database-location.ts';
import { writeJson } from '../../output/write-json.ts';
import { shownUrl } from '../../environment/stored-at.ts';

export async function showLocation({ terminal, isJson, environment }: CommandContext): Promise<undefined> {
  const { databaseUrl } = readSettings(environment);
  const path = databasePath(databaseUrl);
  const exists = path === null ? null : existsSync(path);
  const location = path ?? shownUrl(databaseUrl);
  if (isJson) {
    const bytes = path !== null && exists === true ? statSync(path).size : null;
    writeJson(terminal, { kind: databaseKind(databaseUrl), location, exists, bytes });
    return undefined;
  }
  terminal.out.write(`${location}\n`);
  if (exists === false) terminal.err.write('It is created by the first run.\n');
  return undefined;
}
