/** Reads settings for display: an invalid variable is reported and replaced by its default. */
import { isMillraceError } from '@millrace/kernel';
import { readSettings, type Settings } from '@millrace/local';

type Environment = Readonly<Record<string, string | undefined>>;

export interface UsableSettings {
  /** With the default in place of each that can't be read. */
  readonly settings: Settings;
  /** Messages by the name of the variable. */
  readonly problems: ReadonlyMap<string, string>;
}

export function usableSettings(environment: Environment): UsableSettings {
  const usable = { ...environment };
  const problems = new Map<string, string>();
  for (;;) {
    try {
      return { settings: readSettings(usable), problems };
    } catch (error) {
      const name = isMillraceError(error) ? /MILLRACE_[A-Z_]+/.exec(error.message)?.[0] : undefined;
      if (name === undefined || usable[name] === undefined || !isMillraceError(error)) throw error;
      problems.set(name, error.message);
      delete usable[name];
    }
  }
}
