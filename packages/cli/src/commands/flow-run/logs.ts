/** `millrace flow-run logs`: the logs of a flow run and its descendants, oldest first; with `--follow` until it has ended. */
import { clockTime, isoTime } from '@millrace/views';
import { isTerminal, type Ledger, type LogLine, type Runs } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { requireFlowRun } from '../../selection/find-run.ts';
import { manyLines, oneLine, padTo } from '../../output/text-width.ts';
import type { Terminal } from '../../output/terminal.ts';
import { nextChange } from '../../context/next-change.ts';
import { UsageError } from '../../arguments/usage-error.ts';

export interface ShowLogs {
  readonly id: string;
  readonly follow?: boolean;
  readonly level?: string;
  /** Only this many of the last recorded lines. */
  readonly tail?: number;
}

type StoredLine = LogLine & { readonly sequence: number };
type LogFilter = Parameters<Runs['logs']>[0];

const pageSize = 1_000;
const levels: Readonly<Record<string, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  warn: 30,
  error: 40,
  critical: 50,
};

export async function showLogs(context: CommandContext, input: ShowLogs): Promise<undefined> {
  const ledger = await context.readLedger();
  const run = await requireFlowRun(ledger.runs, input.id);
  const filter: LogFilter = {
    ...(run.id === run.rootFlowRunId ? { rootFlowRunId: run.id } : { flowRunId: run.id }),
    ...(input.level === undefined ? {} : { minLevel: levelOf(input.level) }),
  };
  const printer = new LinePrinter(context, ledger.runs);
  const last = await printExisting(printer, ledger.runs, { filter, tail: input.tail });
  if (last === undefined && input.follow !== true && !context.isJson)
    context.terminal.err.write(
      `Flow run '${oneLine(run.name)}' logged nothing${input.level === undefined ? '' : ' of that level'}.\n`,
    );
  if (input.follow === true) await follow(ledger, printer, { flowRunId: run.id, filter, after: last });
  return undefined;
}

/** Prints the recorded lines; returns the last sequence that was read. */
async function printExisting(
  printer: LinePrinter,
  runs: Runs,
  { filter, tail }: { readonly filter: LogFilter; readonly tail: number | undefined },
): Promise<number | undefined> {
  let kept: StoredLine[] = [];
  let last: number | undefined;
  for await (const page of pagesOf(runs, filter)) {
    last = page.at(-1)?.sequence ?? last;
    if (tail === undefined) await printer.print(page);
    else kept = tail === 0 ? [] : [...kept, ...page].slice(-tail);
  }
  await printer.print(kept);
  return last;
}

async function* pagesOf(runs: Runs, filter: LogFilter): AsyncGenerator<readonly StoredLine[]> {
  let after = filter.after;
  for (;;) {
    const page = await runs.logs({ ...filter, limit: pageSize, ...(after === undefined ? {} : { after }) });
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page.at(-1)?.sequence;
  }
}

/** Prints new lines until the run has ended and all its lines are printed. */
async function follow(
  ledger: Ledger,
  printer: LinePrinter,
  from: { readonly flowRunId: string; readonly filter: LogFilter; readonly after: number | undefined },
): Promise<void> {
  let { after } = from;
  for (;;) {
    const run = await ledger.runs.flowRun(from.flowRunId);
    const isOver = run === undefined || isTerminal(run.state);
    const filter = after === undefined ? from.filter : { ...from.filter, after };
    for await (const page of pagesOf(ledger.runs, filter)) {
      await printer.print(page);
      after = page.at(-1)?.sequence;
    }
    if (isOver || printer.isUnread) return;
    await nextChange(ledger);
  }
}

class LinePrinter {
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #runs: Runs;
  readonly #subjects = new Map<string, string>();

  constructor(context: CommandContext, runs: Runs) {
    this.#terminal = context.terminal;
    this.#isJson = context.isJson;
    this.#runs = runs;
  }

  /** The reader of the lines has closed the pipe. */
  get isUnread(): boolean {
    return this.#terminal.out.isClosed;
  }

  async print(lines: readonly StoredLine[]): Promise<void> {
    for (const line of lines) {
      const text = this.#isJson ? JSON.stringify({ ...line, at: isoTime(line.at) }) : await this.#text(line);
      this.#terminal.out.write(`${text}\n`);
    }
  }

  async #text(line: StoredLine): Promise<string> {
    const { paint } = this.#terminal.out;
    const level = levelName(line.level);
    const colour = line.level >= 40 ? paint.red : line.level >= 30 ? paint.yellow : paint.dim;
    const head = `${paint.dim(clockTime(line.at))} | ${colour(padTo(level, 8))}| ${await this.#subject(line)} - `;
    return head + manyLines(line.message);
  }

  /** `Task run 'fetch-b7f'`: each run is read once. */
  async #subject({ taskRunId, flowRunId }: StoredLine): Promise<string> {
    const id = taskRunId ?? flowRunId;
    if (id === null) return 'millrace';
    const known = this.#subjects.get(id);
    if (known !== undefined) return known;
    const run = taskRunId === null ? await this.#runs.flowRun(id) : await this.#runs.taskRun(id);
    const subject = `${taskRunId === null ? 'Flow' : 'Task'} run '${oneLine(run?.name ?? id)}'`;
    this.#subjects.set(id, subject);
    return subject;
  }
}

function levelName(level: number): string {
  return (
    ['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'][Math.min(4, Math.max(0, Math.floor(level / 10) - 1))] ?? 'INFO'
  );
}

function levelOf(word: string): number {
  const level = levels[word.toLowerCase()];
  if (level === undefined)
    throw new UsageError(`'${word}' is not a level: --level takes debug, info, warning, error or critical.`);
  return level;
}
