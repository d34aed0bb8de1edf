/** `millrace doctor`: checks the installation and suggests remedies. It repairs and creates nothing. */
import { dirname } from 'node:path';
import { lookAtStore } from '@millrace/store';
import type { CommandContext } from '../context/command-context.ts';
import { databasePath } from '../environment/database-location.ts';
import { type Check, failure, ok, warning } from '../doctor/check.ts';
import { checkDatabase, openFailure } from '../doctor/database-checks.ts';
import { checkDisk, checkHome, checkNode } from '../doctor/machine-checks.ts';
import { ExitCode } from '../environment/exit-codes.ts';
import type { Terminal } from '../output/terminal.ts';
import { padTo } from '../output/text-width.ts';
import { writeJson } from '../output/write-json.ts';
import { usableSettings } from '../environment/usable-settings.ts';
import { shownUrl } from '../environment/stored-at.ts';
import { withStore } from '../context/with-store.ts';

export async function runDoctor(context: CommandContext): Promise<number> {
  const { settings, problems } = usableSettings(context.environment);
  const { home, databaseUrl } = settings;
  const path = databasePath(databaseUrl);
  const checks: readonly Check[] = [
    checkNode(process.versions.node),
    ...[...problems].map(([name, problem]) => failure('Settings', problem, `Change ${name}, or unset it.`)),
    checkHome(home),
    checkDisk(path === null ? home : dirname(path)),
    ...(await databaseChecks(context, databaseUrl)),
  ];
  const hasFailed = checks.some(({ status }) => status === 'failed');
  if (context.isJson) writeJson(context.terminal, { isWell: !hasFailed, checks });
  else writeChecks(context.terminal, checks);
  return hasFailed ? ExitCode.Failed : ExitCode.Ok;
}

async function databaseChecks(context: CommandContext, url: string): Promise<readonly Check[]> {
  const name = databasePath(url) ?? shownUrl(url);
  try {
    const status = await lookAtStore(url);
    if (status === 'absent') return [ok('Database', `${name} is created by the first run`)];
    if (status === 'behind')
      return [
        warning(
          'Database',
          `${name} is an older version's`,
          'The next run brings it up to date; `millrace db migrate` does so now.',
        ),
      ];
    const { runs } = await context.readLedger();
    const { now } = context.terminal;
    return await withStore(context, (store) => checkDatabase(store, { runs, now }), { access: 'read' });
  } catch (error) {
    return [openFailure(error)];
  }
}

function writeChecks({ out, isUnicode }: Terminal, checks: readonly Check[]): void {
  const { paint } = out;
  const looks = {
    ok: paint.green(isUnicode ? '✓' : '+'),
    warning: paint.yellow('!'),
    failed: paint.red(isUnicode ? '✗' : 'x'),
  } as const;
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, status, message, advice } of checks) {
    out.write(`${looks[status]} ${padTo(name, width)}  ${message}\n`);
    if (advice !== undefined) out.write(`${' '.repeat(width + 4)}${paint.dim(advice)}\n`);
  }
}
