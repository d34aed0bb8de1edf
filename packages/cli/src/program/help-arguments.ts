/** `help flow-run ls` as `flow-run ls --help`, because commander's own help command takes a single word. */
import type { Command } from 'commander';

/** @throws CommanderError for an unknown command */
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
