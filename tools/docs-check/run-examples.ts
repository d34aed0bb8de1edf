/**
 * Writes the examples out as files, type-checks them all in one go, and runs them one by one under the Node that runs this. Each has
 * a home folder of its own, so that no example sees another's runs or the user's. They import `millrace` by its name, from the sources.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Example } from './examples.ts';
import { ROOT } from './pages.ts';

const FOLDER = join(ROOT, '.cache/docs-check');
const TIMEOUT_MS = 60_000;

/** How an example ended. */
export interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The file of an example, from the root. The line in its name is the line on its page. */
export function fileOf({ page, line }: Example): string {
  return `.cache/docs-check/${page.replace(/\.md$/, '').replaceAll('/', '--')}--${line}.ts`;
}

/** Writes every example to its file and type-checks them. Returns the compiler's messages, by file. */
export async function checkExamples(examples: readonly Example[]): Promise<ReadonlyMap<string, string>> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const example of examples) writeFileSync(join(ROOT, fileOf(example)), `${example.program}\nexport {};\n`);
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { noEmit: true, allowImportingTsExtensions: true },
    include: ['*.ts'],
  };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
  const { stdout } = await runNode([tsc, '-p', FOLDER, '--pretty', 'false'], process.env);
  const messages = new Map<string, string>();
  for (const match of stdout.matchAll(/^(\S.*?)\((\d+),\d+\): (error .*)$/gm)) {
    const file = match[1] ?? '';
    messages.set(file, `${messages.get(file) ?? ''}line ${match[2]}: ${match[3]}\n`);
  }
  return messages;
}

/** Runs an example that `checkExamples` has written. */
export async function runExample(example: Example): Promise<Ending> {
  const file = join(ROOT, fileOf(example));
  const home = file.replace(/\.ts$/, '');
  mkdirSync(home, { recursive: true });
  const env = { ...process.env, HOME: home, MILLRACE_HOME: join(home, '.millrace'), NO_COLOR: '1', NODE_OPTIONS: '' };
  return runNode(['--conditions=millrace-source', '--disable-warning=ExperimentalWarning', file], env, home);
}

function runNode(args: readonly string[], env: NodeJS.ProcessEnv, cwd = ROOT): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...args],
      { cwd, env, timeout: TIMEOUT_MS, maxBuffer: 16_000_000 },
      (error, stdout, stderr) => {
        if (error === null) resolve({ code: 0, stdout, stderr });
        else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
        else resolve({ code: 1, stdout, stderr: `${stderr}\nended by ${error.signal}: ${error.message}` });
      },
    );
  });
}
