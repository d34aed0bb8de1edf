/** Calls that are refused, on one store: what they are refused with, and that nothing was recorded as begun. */
import type { Engine } from '@millrace/engine';
import { withRuntime } from '@millrace/engine/internal';
import { openEngine } from '@millrace/local';
import { flow } from 'millrace';
import { expect } from 'vitest';
import { type DialectName, Sandbox, type Snapshot } from '../../processes/sandbox.ts';

/** An error of this code whose message has these words in this order. */
export function says(code: string, ...words: readonly string[]): unknown {
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return expect.objectContaining({ code, message: expect.stringMatching(new RegExp(escaped.join('.*'), 's')) });
}

export class Refusals implements AsyncDisposable {
  readonly #sandbox: Sandbox;
  readonly #engine: Engine;

  constructor(dialect: DialectName, options: { readonly postgresUrl: string; readonly resultBytesMax: number }) {
    this.#sandbox = new Sandbox(dialect, options.postgresUrl);
    this.#engine = openEngine({
      settings: { databaseUrl: this.#sandbox.url, logLevel: 50, resultBytesMax: options.resultBytesMax },
      engine: { print: () => {} },
    });
  }

  run<T>(body: () => T): T {
    return withRuntime(this.#engine, body);
  }

  async inFlow(body: () => unknown): Promise<unknown> {
    return await this.run(() => flow('outer', body)());
  }

  async records(): Promise<Snapshot> {
    return await this.#sandbox.records();
  }

  /** The error that refuses an outermost call; nothing may be recorded of it. */
  async ofCall(call: () => unknown): Promise<unknown> {
    const before = await this.#newest();
    const error = await errorOf(() => this.run(async () => await call()));
    expect(await this.#newest()).toEqual(before);
    return error;
  }

  /** The error that refuses a call in a flow; nothing but that flow's own run may be recorded. */
  async inBody(call: () => unknown): Promise<unknown> {
    const before = await this.#newest();
    const error = await errorOf(() => this.inFlow(call));
    const after = await this.#newest();
    expect([after.flows[1], after.task]).toEqual([before.flows[0], before.task]);
    return error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
    await this.#sandbox[Symbol.asyncDispose]();
  }

  /** The newest runs' ids: two flow runs and a task run. */
  async #newest(): Promise<{ readonly flows: readonly string[]; readonly task: string | undefined }> {
    const { runs } = await this.#engine.ledger();
    const [flows, tasks] = [await runs.flowRuns({ limit: 2 }), await runs.taskRuns({ limit: 1 })];
    return { flows: flows.map(({ id }) => id), task: tasks[0]?.id };
  }
}

async function errorOf(call: () => Promise<unknown>): Promise<unknown> {
  return await call().then(
    () => expect.fail('it was not refused'),
    (reason: unknown) => reason,
  );
}
