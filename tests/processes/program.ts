/**
 * A program in a process of its own, as a user starts one, and what a supervisor can do to it: wait for a line that it
 * prints, send it any signal, wait for its end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments for Node. */
  readonly nodeArguments?: readonly string[];
  readonly arguments?: readonly string[];
}

/** Compiled once, run hundreds of times: without it most of a process's time goes into reading the sources. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/test-programs');

export class Program implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  #ended = false;
  #changed = Promise.withResolvers<void>();

  constructor(sandbox: Sandbox, file: string, options: ProgramOptions = {}) {
    const { env = {}, nodeArguments = [], arguments: given = [] } = options;
    this.#child = spawn(
      process.execPath,
      ['--conditions=millrace-source', '--disable-warning=ExperimentalWarning', ...nodeArguments, file, ...given],
      {
        env: { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: compileCache, ...sandbox.environment, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString();
      this.#change();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (code, signal) => {
        this.#ended = true;
        this.#change();
        resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Resolves once the text was printed. Rejects when the program ends without it. */
  async printed(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      if (this.#ended) throw new Error(`The program ended without '${text}':\n${this.#stdout}\n${this.#stderr}`);
      await this.#changed.promise;
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As a terminal or a pipe that is gone: what the program prints finds no reader. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  /** No process outlives its test. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) this.#child.kill('SIGKILL');
    await this.ended.catch(() => undefined);
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}
