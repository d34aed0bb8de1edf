/** `help flow-run ls` as `flow-run ls --help`: commander's own takes one word, and none that it doesn't know. */
import type { Command } from 'commander';

/** @throws CommanderError for a command that is not there */
export function helpArguments(program: Command, argv: readonly string[]): readonly string[] {
  const [first, ...path] = argv;
  if (first !== 'help' || path.length === 0 || path.some((word) => word.startsWith('-'))) return argv;
  let command = program;
  for (const word of path) {
    const found = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    command = found ?? command.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
  }
  return [...path, '--help'];
}
