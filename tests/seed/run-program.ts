/** Runs a program as a user would, in a process and a home of its own, and reads back what it left. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '@millrace/local';
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

/** A home for one test's runs; removed when it is disposed. */
export class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'millrace-home-'));

  /** Starts a program of this repository and waits for its end. */
  async run(
    program: string,
    options: {
      readonly env?: Record<string, string>;
      readonly killOn?: { readonly text: string; readonly signal: NodeJS.Signals };
    } = {},
  ): Promise<Finished> {
    const startedAt = performance.now();
    const child = spawn(
      process.execPath,
      ['--conditions=millrace-source', '--disable-warning=ExperimentalWarning', program],
      {
        env: { ...process.env, MILLRACE_HOME: this.path, NODE_OPTIONS: '', ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    let stderr = '';
    let killed = false;
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (!killed && options.killOn !== undefined && stdout.includes(options.killOn.text)) {
        killed = true;
        child.kill(options.killOn.signal);
      }
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    return await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout, stderr, wallMs: performance.now() - startedAt }),
      );
    });
  }

  /** The records. */
  async records(): Promise<{
    readonly flowRuns: readonly FlowRunRecord[];
    readonly taskRuns: readonly TaskRunRecord[];
  }> {
    const engine = openEngine({ settings: { home: this.path, databaseUrl: join(this.path, 'millrace.db') } });
    try {
      const { runs } = await engine.ledger();
      return { flowRuns: await runs.flowRuns({ limit: 200 }), taskRuns: await runs.taskRuns({ limit: 200 }) };
    } finally {
      await engine.close();
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
