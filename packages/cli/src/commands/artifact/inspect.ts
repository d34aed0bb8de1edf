/** `millrace artifact inspect`: the newest artifact of a key, or one by its id, with its data. */
import { artifactDocument, localTime } from '@millrace/views';
import { type ArtifactRecord, type Artifacts, ConfigurationError, decodeValue } from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { writeFields, writeTable } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { manyLines, oneLine } from '../../output/text-width.ts';
import { valueBlock, valueLine } from '../../output/value-text.ts';
import { writeJson } from '../../output/write-json.ts';

const searchedMax = 10_000;
const pageSize = 500;

export async function inspectArtifact(
  context: CommandContext,
  input: { readonly reference: string },
): Promise<undefined> {
  const { artifacts } = await context.readLedger();
  const found = await findArtifact(artifacts, input.reference);
  if (found === undefined)
    throw new ConfigurationError(
      `There is no artifact '${input.reference}'. \`millrace artifact ls\` lists what there is.`,
    );
  if (context.isJson) writeJson(context.terminal, artifactDocument(found));
  else describe(context.terminal, found);
  return undefined;
}

async function findArtifact(artifacts: Artifacts, reference: string): Promise<ArtifactRecord | undefined> {
  const [byKey] = await artifacts.list({ key: reference, limit: 1 });
  if (byKey !== undefined) return byKey;
  let after: string | undefined;
  for (let searched = 0; searched < searchedMax; searched += pageSize) {
    const page = await artifacts.list({ limit: pageSize, ...(after === undefined ? {} : { after }) });
    const found = page.find(({ id }) => id === reference || (reference.length >= 4 && id.startsWith(reference)));
    if (found !== undefined || page.length < pageSize) return found;
    after = page.at(-1)?.id;
  }
  return undefined;
}

function describe(terminal: Terminal, artifact: ArtifactRecord): void {
  const { out } = terminal;
  writeFields(out, [
    ['Artifact', artifact.key === null ? null : out.paint.bold(oneLine(artifact.key))],
    ['Id', artifact.id],
    ['Type', artifact.type],
    ['Description', artifact.description === null ? null : manyLines(artifact.description)],
    ['Flow run', artifact.flowRunId],
    ['Task run', artifact.taskRunId],
    ['Created', localTime(artifact.createdAt)],
    ['Updated', artifact.updatedAt === artifact.createdAt ? null : localTime(artifact.updatedAt)],
  ]);
  out.write('\n');
  writeData(terminal, artifact.type, decodeValue(artifact.data));
}

function writeData({ out }: Terminal, type: ArtifactRecord['type'], data: unknown): void {
  if (type === 'table' && isRows(data) && data.length > 0) {
    const titles = [...new Set(data.flatMap((row) => Object.keys(row)))];
    const columns = titles.map((title) => ({
      title,
      cell: (row: Readonly<Record<string, unknown>>) => cellText(row[title]),
      isFlexible: true,
    }));
    writeTable(out, columns, data);
    return;
  }
  if (type === 'progress' && typeof data === 'number') out.write(`${data}%\n`);
  else out.write(`${typeof data === 'string' ? manyLines(data) : valueBlock(data)}\n`);
}

function isRows(data: unknown): data is readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(data) && data.every((row) => typeof row === 'object' && row !== null);
}

function cellText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? manyLines(value).replaceAll('\n', ' ') : valueLine(value, 60);
}
