/**
 * Artifacts: texts, tables, links and images that a run shows to people beside its result.
 */
import { assertName, ConfigurationError, encodeValue } from '@millrace/kernel';
import { currentRuntime } from '../runs/default-runtime.ts';
import type { ArtifactInput } from '@millrace/kernel';
import { speakingFrame } from '../runs/frame.ts';

interface Described {
  /** Artifacts of one key are versions of one thing; absent = this run's only. */
  readonly key?: string;
  readonly description?: string;
}

/** A progress artifact that can be updated. */
export interface Progress {
  readonly id: string;
  /** @param percent 0 to 100 */
  update(percent: number): Promise<void>;
}

/**
 * Shows something to people with the run that this code belongs to. Each call resolves to the artifact's id.
 *
 * @example
 * await artifact.markdown({ key: 'report', markdown: '# Done' });
 */
export const artifact = {
  async markdown(options: Described & { readonly markdown: string }): Promise<string> {
    return await put('markdown', options, (given) => given.markdown);
  },
  async table(options: Described & { readonly table: readonly Readonly<Record<string, unknown>>[] }): Promise<string> {
    return await put('table', options, (given) => given.table);
  },
  /** @throws ConfigurationError for anything but http, https and mailto links */
  async link(options: Described & { readonly link: string; readonly text?: string }): Promise<string> {
    return await put('link', options, ({ link, text }) => ({ link: safeLink(link), text: text ?? link }));
  },
  async image(options: Described & { readonly imageUrl: string }): Promise<string> {
    return await put('image', options, ({ imageUrl }) => safeLink(imageUrl));
  },
  async progress(options: Described & { readonly progress: number }): Promise<Progress> {
    const id = await put('progress', options, ({ progress }) => checkedPercent(progress));
    return {
      id,
      async update(percent: number): Promise<void> {
        await currentRuntime().opened.artifacts.update(id, encodeValue(checkedPercent(percent), 'progress'));
      },
    };
  },
};

async function put<TOptions extends Described>(
  type: ArtifactInput['type'],
  options: TOptions,
  dataOf: (options: TOptions) => unknown,
): Promise<string> {
  if (typeof options !== 'object' || options === null)
    throw new ConfigurationError(`artifact.${type}() takes an object of options; got ${typeof options}.`);
  const data = dataOf(options);
  if (options.key !== undefined) assertName('artifact', options.key);
  if (type === 'markdown' && typeof data !== 'string')
    throw new ConfigurationError(`artifact.markdown() needs markdown, a string; got ${typeof data}.`);
  if (type === 'table' && !Array.isArray(data))
    throw new ConfigurationError(`artifact.table() needs table, an array of rows; got ${typeof data}.`);
  if (type === 'table') for (const [index, row] of (data as readonly unknown[]).entries()) checkRow(row, index);
  const runtime = currentRuntime();
  const frame = speakingFrame();
  const ledger = await runtime.ledger();
  await frame?.run.execution?.committed();
  return await ledger.artifacts.put({
    id: runtime.ids(),
    key: options.key ?? null,
    type,
    description: options.description ?? null,
    data: encodeValue(data, `artifact ${options.key ?? type}`),
    flowRunId: frame?.flow?.run.id ?? null,
    taskRunId: frame?.run.kind === 'task' ? frame.run.id : null,
  });
}

function checkRow(row: unknown, index: number): void {
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return;
  const what = row === null ? 'null' : Array.isArray(row) ? 'an array' : `a ${typeof row}`;
  throw new ConfigurationError(
    `Row ${index} of artifact.table() must be an object, its columns by name; it is ${what}.`,
  );
}

function safeLink(text: string): string {
  if (typeof text === 'string' && /^(https?:|mailto:)/i.test(text) && URL.canParse(text)) return text;
  throw new ConfigurationError(
    `An artifact's link must be an http, https or mailto URL, not ${JSON.stringify(String(text).slice(0, 80))}.`,
  );
}

function checkedPercent(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent;
  throw new ConfigurationError(`Progress must be between 0 and 100, not ${String(percent)}.`);
}
