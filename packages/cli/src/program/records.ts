/** Declares `millrace variable` and `millrace artifact`. */
import type { Command } from 'commander';
import { act, type Invoke, collect, limitOption } from './act.ts';

export function declareRecords(program: Command, invoke: Invoke): void {
  declareVariable(program.command('variable').description('Small named values shared by all runs.'), invoke);
  declareArtifact(
    program.command('artifact').description('Reports, tables, links and progress that runs published.'),
    invoke,
  );
}

function declareVariable(variable: Command, invoke: Invoke): void {
  act(variable.command('ls').description('List variables by name.').addOption(limitOption(100)), invoke, {
    load: async () => (await import('../commands/variable/ls.ts')).listVariables,
  });
  act(variable.command('get').description('Print the value of a variable.').argument('<name>'), invoke, {
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
    invoke,
    { names: ['name', 'value'], load: async () => (await import('../commands/variable/set.ts')).setVariable },
  );
  act(variable.command('delete').description('Delete a variable.').argument('<name>'), invoke, {
    names: ['name'],
    load: async () => (await import('../commands/variable/delete.ts')).deleteVariable,
  });
}

function declareArtifact(artifact: Command, invoke: Invoke): void {
  act(
    artifact
      .command('ls')
      .description('List artifacts, newest first.')
      .option('--key <key>', 'with this key')
      .option('--flow-run <id>', 'of this flow run')
      .addOption(limitOption(15)),
    invoke,
    { load: async () => (await import('../commands/artifact/ls.ts')).listArtifacts },
  );
  act(
    artifact
      .command('inspect')
      .description('Show an artifact with its data.')
      .argument('<key-or-id>', 'its key (the newest is shown) or its id'),
    invoke,
    {
      names: ['reference'],
      load: async () => (await import('../commands/artifact/inspect.ts')).inspectArtifact,
    },
  );
}
