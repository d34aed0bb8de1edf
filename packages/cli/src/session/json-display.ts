/** The runs of this process as one JSON document at the end. The program's own output goes to standard error. */
import { flowRunDocument, taskRunDocument } from '@millrace/views';
import type { Terminal } from '../output/terminal.ts';
import { writeJson } from '../output/write-json.ts';
import { isRecorded, type OutermostRun, type SessionListener } from './run-session.ts';

export class JsonDisplay implements SessionListener {
  readonly #terminal: Terminal;
  readonly #runs: OutermostRun[] = [];
  readonly #restoreOutput: () => void;
  #ending: Promise<void> | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
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
    for (const run of this.#runs.filter(isRecorded)) documents.push(await runDocument(run));
    this.#restoreOutput();
    if (documents.length > 0) writeJson(this.#terminal, documents.length === 1 ? documents[0] : documents);
  }
}

/** The record of a run as a document; null if it does not exist. */
export async function runDocument(run: OutermostRun): Promise<unknown> {
  const { runs } = run.engine.opened;
  if (run.definition.kind === 'task') {
    const record = await runs.taskRun(run.id);
    return record === undefined ? null : taskRunDocument(record, await runs.outcome(record));
  }
  const record = await runs.flowRun(run.id);
  return record === undefined ? null : flowRunDocument(record, await runs.outcome(record));
}

/** Reserves standard output for the returned function, which writes one document per line. */
export function jsonLinesBesideOutput(): (document: unknown) => void {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  sendOutputToError();
  return (document) => void write(`${JSON.stringify(document)}\n`);
}

function sendOutputToError(): () => void {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr);
  return () => {
    process.stdout.write = write;
  };
}
