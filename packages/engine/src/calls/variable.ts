/**
 * Variables: small named values shared by all runs.
 */
import { assertName, ConfigurationError, decodeValue, encodeValue } from '@millrace/kernel';
import { namesIn } from '../definitions/names.ts';
import { currentRuntime } from '../runs/default-runtime.ts';

/**
 * Named values shared by all runs and processes on one database.
 *
 * @example
 * await variable.set('region', 'eu', { overwrite: true });
 * const region = await variable.get<string>('region');
 */
export const variable = {
  /** The value; undefined when there is none. */
  async get<T = unknown>(name: string, fallback?: T): Promise<T | undefined> {
    assertName('variable', name);
    const text = await (await currentRuntime().ledger()).variables.get(name);
    return text === undefined ? fallback : (decodeValue(text) as T);
  },
  /** @throws ConfigurationError when it exists and `overwrite` isn't set; InvalidNameError for what can't be a tag; NotSerializable */
  async set(
    name: string,
    value: unknown,
    options: { readonly overwrite?: boolean; readonly tags?: readonly string[] } = {},
  ): Promise<void> {
    assertName('variable', name);
    const { tags = [] } = options;
    if (!Array.isArray(tags))
      throw new ConfigurationError(`tags of variable '${name}' must be an array of strings, not ${String(tags)}.`);
    namesIn('tag', tags);
    const text = encodeValue(value, `variable '${name}'`);
    const ledger = await currentRuntime().ledger();
    const done = await ledger.variables.set({
      name,
      value: text,
      tags,
      overwrite: options.overwrite ?? false,
    });
    if (!done)
      throw new ConfigurationError(`The variable '${name}' exists already: pass { overwrite: true } to replace it.`);
  },
  /** False when there was none. */
  async remove(name: string): Promise<boolean> {
    assertName('variable', name);
    return await (await currentRuntime().ledger()).variables.remove(name);
  },
};
