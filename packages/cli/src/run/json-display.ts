/** The runs of this process as one JSON document at the end. What the program prints goes to standard error meanwhile. */
import type { Engine } from '@millrace/engine';
import { flowRunDocument, taskRunDocument } from '../output/run-document.ts';
import type { Terminal } from '../output/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { isRecorded, type OutermostRun, type SessionListener } from './run-session.ts';

export class JsonDisplay implements SessionListener {
  readonly #terminal: Terminal;
  readonly #engine: () => Engine;
  readonly #runs: OutermostRun[] = [];
  readonly #restoreOutput: () => void;
  #ending: Promise<void> | null = null;

  constructor(terminal: Terminal, engine: () => Engine) {
    this.#terminal = terminal;
    this.#engine = engine;
    this.#restoreOutput = sendOutputToError();
  }

  started(run: OutermostRun): void {
    if (this.#ending === null) this.#runs.push(run);
  }

  closing(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const documents: unknown[] = [];
    for (const run of this.#runs.filter(isRecorded)) documents.push(await this.#document(run));
    this.#restoreOutput();
    if (documents.length > 0) writeJson(this.#terminal, documents.length === 1 ? documents[0] : documents);
  }

  async #document(run: OutermostRun): Promise<unknown> {
    const { runs } = this.#engine().opened;
    if (run.definition.kind === 'task') {
      const record = await runs.taskRun(run.id);
      return record === undefined ? null : taskRunDocument(record, await runs.outcome(record));
    }
    const record = await runs.flowRun(run.id);
    return record === undefined ? null : flowRunDocument(record, await runs.outcome(record));
  }
}

function sendOutputToError(): () => void {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return () => {
    process.stdout.write = write;
  };
}
