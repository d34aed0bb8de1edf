/** Parses options that take one name or several. */
import { assertName, ConfigurationError } from '@millrace/kernel';

/** The names, each checked. @throws InvalidNameError for what can't be a name; ConfigurationError for anything but a string or an array of strings */
export function namesIn(kind: string, given: string | readonly string[]): readonly string[] {
  const names = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(names))
    throw new ConfigurationError(
      `A ${kind} is named by a string, several by an array of strings; got ${String(given)}.`,
    );
  for (const name of names) assertName(kind, name as string);
  return names;
}
