/** Connects a declared command to its code, which is loaded when the command is called and not before. */
import { type Command as Declaration, InvalidArgumentError, Option } from 'commander';
import type { Command } from '../context/command-context.ts';

/** Loads a command and calls it with the parsed input. */
export type Invoke = <TInput>(
  load: () => Promise<Command<TInput>>,
  input: TInput,
  options: { readonly isJson: boolean },
) => Promise<void>;

type Options = Readonly<Record<string, unknown>>;

/**
 * Declares the action of a command. Its input has its options, and its arguments under the given names, in order.
 *
 * @param declaration the command; `--json` is added
 * @param names names of the arguments in the command's input
 */
export function act<TInput>(
  declaration: Declaration,
  invoke: Invoke,
  { names = [], load }: { readonly names?: readonly string[]; readonly load: () => Promise<Command<TInput>> },
): Declaration {
  return declaration
    .addOption(new Option('--json', 'one JSON document instead of text'))
    .action(async (...parsed: unknown[]) => {
      const options = parsed[names.length] as Options;
      const { json = false, ...rest } = options;
      const input = { ...rest, ...Object.fromEntries(names.map((name, index) => [name, parsed[index]])) };
      await invoke(load, input as TInput, { isJson: json === true });
    });
}

/** Parses a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of ${least} or more.`);
    return value;
  };
}

/** Parses a number of 0 or more. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('It must be a number of 0 or more.');
  return value;
}

/** Collects the values of an option that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** `--limit N` of a listing. */
export function limitOption(fallback: number): Option {
  return new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1)).default(fallback);
}
