/** Where runs are stored, as people are told: a path, or a URL without its password. */
import { homedir } from 'node:os';
import { shownAddress } from '@millrace/kernel';
import { usableSettings } from './usable-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The database of this environment, for people. */
export function storedAt(environment: Environment): string {
  return shownUrl(usableSettings(environment).settings.databaseUrl);
}

/** A database URL without its password; a path under the home folder with `~`. */
export function shownUrl(url: string): string {
  const shown = shownAddress(url);
  const home = homedir();
  return home !== '/' && shown.startsWith(`${home}/`) ? `~${shown.slice(home.length)}` : shown;
}
