/** Declares `millrace variable` and `millrace artifact`. */
import type { Command } from 'commander';
import { act, type Execute, collect, limitOption } from './act.ts';

export function declareRecords(program: Command, execute: Execute): void {
  declareVariable(program.command('variable').description('Small named values shared by all runs.'), execute);
  declareArtifact(
    program.command('artifact').description('Reports, tables, links and progress that runs published.'),
    execute,
  );
}

function declareVariable(variable: Command, execute: Execute): void {
  act(variable.command('ls').description('List variables by name.').addOption(limitOption(100)), execute, {
    load: async () => (await import('../commands/variable/ls.ts')).listVariables,
  });
  act(variable.command('get').description('Print the value of a variable.').argument('<name>'), execute, {
    names: ['name'],
    load: async () => (await import('../commands/variable/get.ts')).getVariable,
  });
  act(
    variable
      .command('set')
      .description('Create a variable, or replace its value.')
      .argument('<name>')
      .argument('<value>', 'JSON, or a string')
      .option('--overwrite', 'replace an existing value')
      .option('--tag <tag>', 'a tag (repeatable)', collect),
    execute,
    { names: ['name', 'value'], load: async () => (await import('../commands/variable/set.ts')).setVariable },
  );
  act(variable.command('delete').description('Delete a variable.').argument('<name>'), execute, {
    names: ['name'],
    load: async () => (await import('../commands/variable/delete.ts')).deleteVariable,
  });
}

function declareArtifact(artifact: Command, execute: Execute): void {
  act(
    artifact
      .command('ls')
      .description('List artifacts, newest first.')
      .option('--key <key>', 'with this key')
      .option('--flow-run <id>', 'of this flow run')
      .addOption(limitOption(15)),
    execute,
    { load: async () => (await import('../commands/artifact/ls.ts')).listArtifacts },
  );
  act(
    artifact
      .command('inspect')
      .description('Show an artifact with its data.')
      .argument('<key-or-id>', 'its key (the newest is shown) or its id'),
    execute,
    {
      names: ['reference'],
      load: async () => (await import('../commands/artifact/inspect.ts')).inspectArtifact,
    },
  );
}
