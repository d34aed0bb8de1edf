/** An engine for one test, in memory unless a database is named: nothing global is touched, and what it recorded can be read. */
import type { Engine } from '@millrace/engine';
import { withRuntime } from '@millrace/engine/internal';
import type { FlowRunRecord, TaskRunRecord } from '@millrace/kernel';
import { type LocalEngineOptions, openEngine } from '@millrace/local';

export class MemoryEngine implements AsyncDisposable {
  readonly engine: Engine;

  constructor(options: LocalEngineOptions['engine'] = {}, databaseUrl = ':memory:') {
    this.engine = openEngine({
      settings: { databaseUrl, logLevel: 20 },
      engine: { print: () => {}, ...options },
    });
  }

  /** Runs code whose outermost calls use this engine. */
  run<T>(body: () => T): T {
    return withRuntime(this.engine, body);
  }

  async flowRuns(): Promise<readonly FlowRunRecord[]> {
    return (await (await this.engine.ledger()).runs.flowRuns({ limit: 200 })).toReversed();
  }

  async taskRuns(): Promise<readonly TaskRunRecord[]> {
    return (await (await this.engine.ledger()).runs.taskRuns({ limit: 200 })).toReversed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.cancelAll('the test has ended');
    await this.engine.close();
  }
}
