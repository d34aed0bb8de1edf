/** Where runs are stored, as people are told: a path, or a URL without its password. */
import { homedir } from 'node:os';
import { usableSettings } from './usable-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The database of this environment, for people. */
export function storedAt(environment: Environment): string {
  return shownUrl(usableSettings(environment).settings.databaseUrl);
}

/** A database URL without its password; a path under the home folder with `~`. */
export function shownUrl(url: string): string {
  if (/^postgres(?:ql)?:/.test(url) && URL.canParse(url)) {
    const parsed = new URL(url);
    if (parsed.password !== '') parsed.password = '***';
    for (const name of parsed.searchParams.keys()) if (/pass/i.test(name)) parsed.searchParams.set(name, '***');
    return parsed.href;
  }
  const home = homedir();
  return home !== '/' && url.startsWith(`${home}/`) ? `~${url.slice(home.length)}` : url;
}
