/** The properties of a handle beside the result: read from the record, whichever process runs the run. */
import type { Runtime } from '../runs/model.ts';
import { decodeValue, type FlowRunRecord, isTerminal, type LogLine, type WaitReason } from '@millrace/kernel';

/** Lines read at once. */
const LINES_MAX = 500;

/** Properties of a run, as recorded when its handle was made. */
export interface RunFacts {
  /** The name of its flow. */
  readonly flowName: string;
  /** Its own name, such as `merry-otter`. */
  readonly name: string;
  /** Its parameters by name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
  /** The reason of its wait when this handle was made; null = it did not wait. `getRun(id)` reads it again. */
  readonly waiting: WaitReason | null;
  /** The lines that it and all below it logged, oldest first, as far as they are recorded by now. */
  logs(): AsyncIterable<LogLine>;
}

/** Also reads large parameters, which are stored beside the record. */
export async function factsOf(
  runtime: Runtime,
  record: FlowRunRecord,
  waiting: WaitReason | null = record.waiting,
): Promise<RunFacts> {
  const { opened } = runtime;
  const isOffloaded = record.parameters.startsWith('blob:');
  const text = isOffloaded ? await opened.blobs.fetch(record.parameters, { runId: record.id }) : record.parameters;
  return {
    flowName: record.flowName,
    name: record.name,
    parameters: namedValues(text),
    tags: record.tags,
    waiting,
    logs: () => linesOf(runtime, record),
  };
}

/** A run that waits in the memory of its process has no wait in its record; its children have. */
export async function waitOf(runtime: Runtime, record: FlowRunRecord): Promise<WaitReason | null> {
  if (isTerminal(record.state)) return null;
  return record.waiting ?? (await runtime.opened.runs.waits([record])).get(record.id) ?? null;
}

function namedValues(text: string): Readonly<Record<string, unknown>> {
  const values = decodeValue(text);
  return typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
}

/** The lines of the run and all runs below it, oldest first, as far as they are recorded now. */
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
