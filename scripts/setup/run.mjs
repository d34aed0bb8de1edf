/** Runs a program in the repository's root to its end, with this process's input and output. Never through a shell, except for npm on Windows. */
import { spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The native TypeScript compiler. The package named `typescript` is the older one, kept for its API. */
export const TSC = join(ROOT, 'node_modules/@typescript/native/bin/tsc');

/** Runs `file` with `args` and returns its exit code; 128 + n for a program ended by signal n. */
export function run(file, args, { env = process.env, shell = false, output = 'inherit' } = {}) {
  const result = spawnSync(file, args, {
    cwd: ROOT,
    env,
    shell,
    stdio: ['inherit', output === 'stderr' ? 2 : 'inherit', 'inherit'],
  });
  if (result.error !== undefined) throw new Error(`${file} could not be started: ${result.error.message}`);
  return result.status ?? 128 + (constants.signals[result.signal] ?? 0);
}

/** Runs npm under the Node that runs this program; its output goes to stderr, so that a command's own output stays clean. */
export function runNpm(args) {
  const cli = process.env['npm_execpath'];
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli))
    return run(process.execPath, [cli, ...args], { output: 'stderr' });
  return run('npm', args, { shell: process.platform === 'win32', output: 'stderr' });
}
