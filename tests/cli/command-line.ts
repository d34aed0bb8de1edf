/** Runs the `millrace` command as a process of its own, on a database of its own, as a user's shell would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../packages/millrace/bin/millrace.js', import.meta.url));
/** Where the flows of these tests are. Commands run in it, so that paths are short. */
export const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** null = a signal ended it. */
  readonly code: number | null;
}

/** A process under way. */
export interface Started {
  readonly child: ChildProcess;
  /** Resolves when its standard error or output has this text. */
  said(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** One home folder and the commands that are run on it. */
export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  readonly #environment: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();

  /** @param folder where commands run */
  constructor(environment: Readonly<Record<string, string>> = {}, folder: string = fixtures) {
    this.#environment = environment;
    this.#folder = folder;
  }

  /** Runs it to its end. */
  run(...args: readonly string[]): Promise<Finished> {
    return this.start(...args).finished;
  }

  /** Its standard output as the JSON document that it is. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { stdout, stderr } = await this.run(...args, '--json');
    if (stdout === '') throw new Error(`no document: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  start(...args: readonly string[]): Started {
    return this.#spawn(process.execPath, ['--conditions=millrace-source', bin, ...args]);
  }

  /** Runs the command with a line of arguments that a shell reads: with redirections and pipes. */
  inShell(line: string): Promise<Finished> {
    return this.#spawn('sh', ['-c', `"${process.execPath}" --conditions=millrace-source "${bin}" ${line}`]).finished;
  }

  #spawn(program: string, args: readonly string[]): Started {
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { ...withoutColor(), MILLRACE_HOME: this.home, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.add(child);
    return follow(child, () => this.#children.delete(child));
  }

  /** Ends what still runs and deletes the home folder. */
  close(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

function follow(child: ChildProcess, ended: () => void): Started {
  let stdout = '';
  let stderr = '';
  let look = (): void => {};
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    look();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      ended();
      resolve({ stdout, stderr, code });
    });
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (stderr.includes(text) || stdout.includes(text)) resolve();
      };
      void finished.then(() => reject(new Error(`it ended without saying '${text}': ${stderr}`)));
      look();
    });
  return { child, said, finished };
}

/** Nor with what npm says to who runs these tests: it changes how commands are suggested. */
function withoutColor(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, NODE_OPTIONS: __, npm_command: ___, MILLRACE_COMMAND: ____, ...rest } = process.env;
  return { ...rest, NO_COLOR: '1' };
}
