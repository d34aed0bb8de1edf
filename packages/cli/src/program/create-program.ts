/** The declarations of all commands: names, arguments, options and help. The code of the commands is not loaded here. */
import { Command } from 'commander';
import { cliVersion } from '../environment/version.ts';
import type { Invoke } from './act.ts';
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
  millrace flow-run ls --state FAILED      list failed runs
  millrace flow-run tree ID                show a run and all its descendants
  millrace doctor                          check the installation

Runs are stored in MILLRACE_HOME (~/.millrace), or in the database of MILLRACE_DATABASE_URL.`;

/**
 * Declares the program.
 *
 * @param invoke called with the command that was given
 * @param options `writeErr`: receives messages about mistakes in the command line; by default they go to standard error
 */
export function createProgram(
  invoke: Invoke,
  { writeErr }: { readonly writeErr?: (text: string) => void } = {},
): Command {
  const program = new Command('millrace')
    .description('Durable flows and tasks for TypeScript.')
    .version(cliVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(--help lists commands and options)')
    .addHelpText('after', examples)
    .configureOutput(writeErr === undefined ? {} : { writeErr })
    .exitOverride();
  program.commandsGroup('Flows:');
  declareProcess(program, invoke);
  declareFlowRun(program, invoke);
  declareTaskRun(program, invoke);
  program.commandsGroup('Shared by runs:');
  declareLimits(program, invoke);
  declareRecords(program, invoke);
  program.commandsGroup('Installation:');
  declareDatabase(program, invoke);
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
