/**
 * The settings of the environment, read once when the engine is created.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { checkDatabaseAddress, ConfigurationError, describeValue, parseDuration } from '@millrace/kernel';

/** Checked settings. */
export interface Settings {
  /** The folder for Millrace's files. */
  readonly home: string;
  /** `postgres://…`, or the path of a SQLite file. */
  readonly databaseUrl: string;
  /** `synced`: on disk before the commit is reported. `process`: survives kill -9, not power loss. */
  readonly durability: 'synced' | 'process';
  /** Python's numbers. */
  readonly logLevel: number;
  /** The time a cancelled body has to end. */
  readonly cancelGraceMs: number;
  /** The age at which serving processes delete ended runs; null = never. */
  readonly retentionMs: number | null;
  /** The time that an orphaned run waits for a process to resume it, before a serving process ends it as Crashed. */
  readonly orphanGraceMs: number;
  /** The time limit for a user's function that is not a body: a storage, a serializer, `retryWhen`. */
  readonly callbackTimeoutMs: number;
  /** The largest stored value in bytes; null = no cap. */
  readonly resultBytesMax: number | null;
}

const levels: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  warn: 30,
  error: 40,
  critical: 50,
};

/**
 * The settings that this environment gives.
 *
 * @param environment variables, as in `process.env`
 * @throws ConfigurationError naming the variable and what it takes
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const home = text(environment, 'MILLRACE_HOME') ?? join(homedir(), '.millrace');
  const databaseUrl = text(environment, 'MILLRACE_DATABASE_URL') ?? join(home, 'millrace.db');
  checkDatabaseAddress(databaseUrl);
  return {
    home,
    databaseUrl,
    durability: durability(text(environment, 'MILLRACE_DURABILITY') ?? 'synced'),
    logLevel: logLevel(text(environment, 'MILLRACE_LOG_LEVEL') ?? 'info'),
    cancelGraceMs: number(environment, 'MILLRACE_CANCEL_GRACE_MS') ?? 5_000,
    retentionMs: retention(text(environment, 'MILLRACE_RETENTION') ?? '90d'),
    orphanGraceMs: duration(text(environment, 'MILLRACE_ORPHAN_GRACE') ?? '10m', 'MILLRACE_ORPHAN_GRACE'),
    callbackTimeoutMs: duration(text(environment, 'MILLRACE_CALLBACK_TIMEOUT') ?? '60s', 'MILLRACE_CALLBACK_TIMEOUT'),
    resultBytesMax: number(environment, 'MILLRACE_RESULT_BYTES_MAX'),
  };
}

function text(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

function durability(value: string): 'synced' | 'process' {
  if (value === 'synced' || value === 'process') return value;
  throw new ConfigurationError(`MILLRACE_DURABILITY must be 'synced' or 'process', not '${value}'.`);
}

function retention(value: string): number | null {
  return value === 'off' ? null : duration(value, 'MILLRACE_RETENTION');
}

function duration(value: string, name: string): number {
  try {
    return parseDuration(value, name);
  } catch (error) {
    throw new ConfigurationError(error instanceof Error ? error.message : describeValue(error));
  }
}

function logLevel(value: string): number {
  const level = levels[value.toLowerCase()];
  if (level === undefined)
    throw new ConfigurationError(
      `MILLRACE_LOG_LEVEL must be one of ${Object.keys(levels).join(', ')}, not '${value}'.`,
    );
  return level;
}

function number(environment: Readonly<Record<string, string | undefined>>, name: string): number | null {
  const value = text(environment, name);
  if (value === undefined) return null;
  const parsed = Number(value);
  if (Number.isSafeInteger(parsed) && parsed >= 0) return parsed;
  throw new ConfigurationError(`${name} must be a whole number of 0 or more, not '${value}'.`);
}
