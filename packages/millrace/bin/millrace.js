#!/usr/bin/env node
// The `millrace` command. Plain JavaScript, so that a Node that is too old gets a sentence and not a syntax error:
// nothing else is loaded before the version is known to be enough.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(`millrace needs Node 22.13 or newer; this is ${process.version}. Node 24 is the tested one.\n`);
  process.exitCode = 1;
} else {
  const { main } = await import('@millrace/cli');
  process.exitCode = await main(process.argv.slice(2));
}
