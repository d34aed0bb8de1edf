/** Declares `millrace variable` and `millrace artifact`. */
import type { Command } from 'commander';
import { act, type Carry, collect, limitOption } from './act.ts';

export function declareRecords(program: Command, carry: Carry): void {
  declareVariable(program.command('variable').description('Small named values that all runs share.'), carry);
  declareArtifact(program.command('artifact').description('What runs made for people to look at.'), carry);
}

function declareVariable(variable: Command, carry: Carry): void {
  act(variable.command('ls').description('List variables by name.').addOption(limitOption(100)), carry, {
    load: async () => (await import('../commands/variable/ls.ts')).listVariables,
  });
  act(variable.command('get').description('Print the value of a variable.').argument('<name>'), carry, {
    names: ['name'],
    load: async () => (await import('../commands/variable/get.ts')).getVariable,
  });
  act(
    variable
      .command('set')
      .description('Make a variable, or replace its value.')
      .argument('<name>')
      .argument('<value>', 'JSON where it is JSON, text otherwise')
      .option('--overwrite', 'replace the value it has')
      .option('--tag <tag>', 'a tag (again for more)', collect),
    carry,
    { names: ['name', 'value'], load: async () => (await import('../commands/variable/set.ts')).setVariable },
  );
  act(variable.command('delete').description('Delete a variable.').argument('<name>'), carry, {
    names: ['name'],
    load: async () => (await import('../commands/variable/delete.ts')).deleteVariable,
  });
}

function declareArtifact(artifact: Command, carry: Carry): void {
  act(
    artifact
      .command('ls')
      .description('List artifacts, newest first.')
      .option('--key <key>', 'of this key')
      .option('--flow-run <id>', 'of this flow run')
      .addOption(limitOption(15)),
    carry,
    { load: async () => (await import('../commands/artifact/ls.ts')).listArtifacts },
  );
  act(
    artifact
      .command('inspect')
      .description('Show an artifact with its data.')
      .argument('<key-or-id>', 'its key (the newest is shown) or its id'),
    carry,
    {
      names: ['reference'],
      load: async () => (await import('../commands/artifact/inspect.ts')).inspectArtifact,
    },
  );
}
