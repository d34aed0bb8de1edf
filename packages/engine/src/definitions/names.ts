/** Names where one or several may be given. */
import { assertName, ConfigurationError } from '@millrace/kernel';

/** The names, each checked. @throws InvalidNameError for what can't be a name; ConfigurationError for what is no list of them */
export function namesIn(kind: string, given: string | readonly string[]): readonly string[] {
  const names = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(names))
    throw new ConfigurationError(`A ${kind} is named by a text, several by a list of texts; got ${String(given)}.`);
  for (const name of names) assertName(kind, name as string);
  return names;
}
