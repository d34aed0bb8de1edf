/** Runs npm under the Node that runs this program, wherever npm itself comes from. */
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';

/** Runs npm in `folder` and returns what it printed. Throws when it fails; its complaints go to this process's stderr. */
export function npm(args: readonly string[], folder: string): string {
  const cli = process.env['npm_execpath'];
  const options: ExecFileSyncOptionsWithStringEncoding = {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  };
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return execFileSync(process.execPath, [cli, ...args], options);
  return execFileSync('npm', [...args], { ...options, shell: process.platform === 'win32' });
}
