/** What a handle tells of its run beside how it ends: from the record, whichever process runs it. */
import type { Runtime } from '../runs/model.ts';
import { decodeValue, type FlowRunRecord, isTerminal, type LogLine, type WaitReason } from '@millrace/kernel';

/** Lines read at once. */
const LINES_MAX = 500;

/** What a handle tells of its run, as it was recorded when the handle was made. */
export interface RunFacts {
  /** The name of its flow. */
  readonly flowName: string;
  /** Its own name, such as `merry-otter`. */
  readonly name: string;
  /** What it was called with, by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  /** What it waited for when this handle was made; null = nothing. `getRun(id)` tells it anew. */
  readonly waiting: WaitReason | null;
  /** The lines that it and all below it logged, oldest first, as far as they are recorded by now. */
  logs(): AsyncIterable<LogLine>;
}

/** Reads what the record does not have in itself: large parameters. */
export async function factsOf(
  runtime: Runtime,
  record: FlowRunRecord,
  waiting: WaitReason | null = record.waiting,
): Promise<RunFacts> {
  const { opened } = runtime;
  const isElsewhere = record.parameters.startsWith('blob:');
  const text = isElsewhere ? await opened.blobs.fetch(record.parameters, { runId: record.id }) : record.parameters;
  return {
    flowName: record.flowName,
    name: record.name,
    parameters: namedValues(text),
    tags: record.tags,
    waiting,
    logs: () => linesOf(runtime, record),
  };
}

/** A run that waits in its process's memory has no wait in its record: that is seen from what is below it. */
export async function waitOf(runtime: Runtime, record: FlowRunRecord): Promise<WaitReason | null> {
  if (isTerminal(record.state)) return null;
  return record.waiting ?? (await runtime.opened.runs.waits([record])).get(record.id) ?? null;
}

function namedValues(text: string): Readonly<Record<string, unknown>> {
  const values = decodeValue(text);
  return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
}

/** What the run and all below it logged, oldest first, as far as it is recorded now. */
async function* linesOf(runtime: Runtime, record: FlowRunRecord): AsyncGenerator<LogLine> {
  const filter = record.id === record.rootFlowRunId ? { rootFlowRunId: record.id } : { flowRunId: record.id };
  let after: number | undefined;
  for (;;) {
    const page = await runtime.opened.runs.logs({
      ...filter,
      limit: LINES_MAX,
      ...(after === undefined ? {} : { after }),
    });
    for (const { sequence: _, ...line } of page) yield line;
    if (page.length < LINES_MAX) return;
    after = page.at(-1)?.sequence;
  }
}
