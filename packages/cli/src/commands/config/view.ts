/** `millrace config view`: every setting with its value and source. */
import { durationText } from '@millrace/views';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { writeTable } from '../../output/table.ts';
import { writeJson } from '../../output/write-json.ts';
import { usableSettings } from '../../environment/usable-settings.ts';
import { shownUrl } from '../../environment/stored-at.ts';

interface Setting {
  readonly name: string;
  readonly value: string | number | null;
  readonly source: 'environment' | 'default';
}

export async function viewConfig({ terminal, isJson, environment }: CommandContext): Promise<number> {
  const { settings, problems } = usableSettings(environment);
  const setting = (name: string, value: Setting['value']): Setting => ({
    name,
    value,
    source: problems.has(name) || (environment[name] ?? '').trim() === '' ? 'default' : 'environment',
  });
  const shown = [
    setting('MILLRACE_HOME', settings.home),
    setting('MILLRACE_DATABASE_URL', shownUrl(settings.databaseUrl)),
    setting('MILLRACE_DURABILITY', settings.durability),
    setting('MILLRACE_LOG_LEVEL', levelName(settings.logLevel)),
    setting('MILLRACE_CANCEL_GRACE_MS', settings.cancelGraceMs),
    setting('MILLRACE_RETENTION', settings.retentionMs === null ? 'off' : durationText(settings.retentionMs)),
    setting('MILLRACE_ORPHAN_GRACE', durationText(settings.orphanGraceMs)),
    setting('MILLRACE_CALLBACK_TIMEOUT', durationText(settings.callbackTimeoutMs)),
    setting('MILLRACE_RESULT_BYTES_MAX', settings.resultBytesMax),
  ];
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('MILLRACE_') && !shown.some((one) => one.name === name) && !known.has(name),
  );
  const exitCode = problems.size === 0 ? ExitCode.Ok : ExitCode.Failed;
  if (isJson) {
    writeJson(terminal, { settings: shown, unknown, problems: [...problems.values()] });
    return exitCode;
  }
  const { paint } = terminal.out;
  writeTable(
    terminal.out,
    [
      { title: 'SETTING', cell: (one: Setting) => one.name },
      { title: 'VALUE', cell: (one) => (one.value === null ? 'none' : String(one.value)), isFlexible: true },
      {
        title: 'FROM',
        cell: ({ source }) => ({ text: source, paint: source === 'default' ? paint.dim : paint.green }),
      },
    ],
    shown,
  );
  for (const name of unknown) terminal.err.write(`${name} is set, but this version has no such setting.\n`);
  for (const problem of problems.values()) terminal.err.write(`${problem}\n`);
  return exitCode;
}

/** Variables that are not settings of the engine. */
const known = new Set(['MILLRACE_ASCII', 'MILLRACE_COMMAND', 'MILLRACE_NODE', 'MILLRACE_UNDER_TSX']);

function levelName(level: number): string {
  return ({ 10: 'debug', 20: 'info', 30: 'warning', 40: 'error', 50: 'critical' } as const)[level] ?? String(level);
}
