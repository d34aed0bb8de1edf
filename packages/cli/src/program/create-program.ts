/** All commands, declared: names, arguments, options and their help. None of the code that carries them out is loaded here. */
import { Command } from 'commander';
import { cliVersion } from '../environment/version.ts';
import type { Carry } from './act.ts';
import { declareDatabase } from './database.ts';
import { declareFlowRun } from './flow-run.ts';
import { declareLimits } from './limits.ts';
import { declareProcess } from './process.ts';
import { declareRecords } from './records.ts';
import { declareTaskRun } from './task-run.ts';

const examples = `
Examples:
  millrace run etl.ts                      run the flow that etl.ts exports
  millrace run etl.ts:nightly -p day=mon   one of several, with a parameter
  millrace flow-run ls --state FAILED      what failed
  millrace flow-run tree ID                a run and all it started
  millrace doctor                          is everything well?

Runs are stored in MILLRACE_HOME (~/.millrace), or where MILLRACE_DATABASE_URL says.`;

/**
 * The program.
 *
 * @param carry called with the command that was asked for
 * @param options `writeErr`: where what is wrong with a command line is told; by default standard error
 */
export function createProgram(
  carry: Carry,
  { writeErr }: { readonly writeErr?: (text: string) => void } = {},
): Command {
  const program = new Command('millrace')
    .description('Durable flows and tasks for TypeScript.')
    .version(cliVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(--help says what there is)')
    .addHelpText('after', examples)
    .configureOutput(writeErr === undefined ? {} : { writeErr })
    .exitOverride();
  program.commandsGroup('Flows:');
  declareProcess(program, carry);
  declareFlowRun(program, carry);
  declareTaskRun(program, carry);
  program.commandsGroup('What runs share:');
  declareLimits(program, carry);
  declareRecords(program, carry);
  program.commandsGroup('Installation:');
  declareDatabase(program, carry);
  for (const group of program.commands)
    if (group.commands.length > 0) group.helpCommand('help [command]', 'Print help for a command.');
  program.addHelpCommand(
    new Command('help')
      .argument('[command]')
      .description('Print help for a command.')
      .helpOption(false)
      .helpGroup('Installation:'),
  );
  return program;
}
