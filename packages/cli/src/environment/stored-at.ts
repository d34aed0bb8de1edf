/** The location of the database in messages: a path, or a URL without its password. */
import { homedir } from 'node:os';
import { shownAddress } from '@millrace/kernel';
import { usableSettings } from './usable-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The location of this environment's database. */
export function storedAt(environment: Environment): string {
  return shownUrl(usableSettings(environment).settings.databaseUrl);
}

/** A database URL without its password; a path in the home folder begins with `~`. */
export function shownUrl(url: string): string {
  const shown = shownAddress(url);
  const home = homedir();
  return home !== '/' && shown.startsWith(`${home}/`) ? `~${shown.slice(home.length)}` : shown;
}
