#!/usr/bin/env node
/**
 * The door to every command of this repository: `node scripts/bootstrap.mjs <command> [arguments]`.
 * It makes a fresh clone ready (a new enough Node, the dependencies, a build where the command needs one), then runs the command.
 * It and what it imports are plain JavaScript for Node 18 and up with no dependencies: nothing is installed when it starts.
 */
import { build } from './setup/build.mjs';
import { COMMANDS } from './setup/commands.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { ensureNode } from './setup/node-runtime.mjs';
import { run } from './setup/run.mjs';

const [name = '', ...rest] = process.argv.slice(2);
const command = COMMANDS[name];

try {
  if (command === undefined) {
    const list = Object.entries(COMMANDS).map(([key, { summary }]) => `  npm run ${key.padEnd(10)} ${summary}`);
    throw new Error(`No command '${name}'. There are:\n${list.join('\n')}`);
  }
  const continued = ensureNode();
  if (continued !== undefined) process.exitCode = continued;
  else {
    ensureInstalled();
    if (command.builds) build();
    if (command.calledAs !== undefined) process.env['MILLRACE_COMMAND'] = command.calledAs;
    process.exitCode = command.program === undefined ? 0 : run(process.execPath, [...command.program, ...rest]);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
