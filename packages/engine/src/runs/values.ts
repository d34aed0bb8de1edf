/**
 * Values on their way to and from the record: encoding, size cap, own serializers and storages, errors as data.
 */
import type { Run, Runtime } from './model.ts';
import {
  BlobMissing,
  ConfigurationError,
  decodeThrown,
  decodeValue,
  encodeThrown,
  encodeValue,
  ResultTooLarge,
  RunCancelled,
  thrownText,
  valueSize,
} from '@millrace/kernel';
import type { Definition } from '../definitions/definition.ts';
import { settledInTime } from './callbacks.ts';
import { withinGrace } from './interruptible-waits.ts';
import type { Serializer } from '../definitions/storage.ts';

/** Marks an outcome in a storage of the user: the rest is its key. */
const STORED_PREFIX = 'storage:';

/** The text that is recorded for the value of a run; null = not persisted. @throws NotSerializable or ResultTooLarge, which are not retried */
export async function encodeOutcome(run: Run, value: unknown): Promise<string | null> {
  const { definition, runtime } = run;
  if (!definition.persistResult) return null;
  const text =
    definition.serializer === null
      ? encodeValue(value, 'result', labelOf(definition))
      : encodeValue(await serialized(run, definition.serializer, value), 'result');
  if (runtime.resultBytesMax !== null && valueSize(text) > runtime.resultBytesMax) {
    throw new ResultTooLarge({ runName: run.name, bytes: valueSize(text), bytesMax: runtime.resultBytesMax });
  }
  if (definition.storage === null) return text;
  const key = keyOfResult(run);
  const { storage } = definition;
  const isPut = settledInTime(runtime, `put of storage '${storage.name}'`, () => storage.put(key, text)).then(
    () => true,
  );
  if ((await withinGrace(run, isPut)) !== true)
    throw new RunCancelled({ runId: run.id, runName: run.name, reason: run.cancelRequest?.reason ?? 'cancelled' });
  return STORED_PREFIX + key;
}

function labelOf({ kind, name }: Definition): string {
  return `${kind} '${name}'`;
}

async function serialized({ runtime }: Run, serializer: Serializer, value: unknown): Promise<string> {
  const what = `serialize of serializer '${serializer.name}'`;
  const text: unknown = await settledInTime(runtime, what, () => serializer.serialize(value));
  if (typeof text === 'string') return text;
  throw new ConfigurationError(
    `Serializer '${serializer.name}' gave ${text === null ? 'null' : `a ${typeof text}`}. Let serialize() return a string.`,
  );
}

/** Whether the value can be encoded synchronously, as that of most runs. */
export function encodesAtOnce(definition: Definition): boolean {
  return definition.storage === null && definition.serializer === null && definition.persistResult;
}

export function encodeAtOnce(run: Run, value: unknown): string {
  const text = encodeValue(value, 'result', labelOf(run.definition));
  const { resultBytesMax } = run.runtime;
  if (resultBytesMax !== null && valueSize(text) > resultBytesMax) {
    throw new ResultTooLarge({ runName: run.name, bytes: valueSize(text), bytesMax: resultBytesMax });
  }
  return text;
}

/** The recorded form of a text: the text itself, or a reference once a large text is stored as a blob. */
export function offloaded(run: Run, text: string | null): string | null | Promise<string | null> {
  const { blobs } = run.runtime.opened;
  return text === null || text.length <= blobs.textMax ? text : blobs.offload(text, { runId: run.id });
}

export async function decodeOutcome(runtime: Runtime, definition: Definition, text: string): Promise<unknown> {
  const isStored = text.startsWith(STORED_PREFIX);
  const raw = isStored ? await fetchStored(runtime, definition, text.slice(STORED_PREFIX.length)) : text;
  const value = decodeValue(raw);
  const { serializer } = definition;
  if (serializer === null) return value;
  const what = `deserialize of serializer '${serializer.name}'`;
  return await settledInTime(runtime, what, () => serializer.deserialize(String(value)));
}

/** The key of a run's value in a storage of the user. */
function keyOfResult({ id }: Run): string {
  return `results/${id}.json`;
}

function runIdIn(key: string): string {
  return key.slice('results/'.length, -'.json'.length);
}

async function fetchStored(runtime: Runtime, definition: Definition, key: string): Promise<string> {
  const storage = definition.storage?.name ?? 'none';
  // A storage in plain JavaScript may return null for a missing value.
  const text: unknown = await settledInTime(runtime, `get of storage '${storage}'`, () => definition.storage?.get(key));
  if (text === undefined || text === null) throw new BlobMissing({ runId: runIdIn(key), storage, key });
  if (typeof text === 'string') return text;
  throw new ConfigurationError(`Storage '${storage}' gave a ${typeof text} for '${key}'. Let get() return a string.`);
}

/** Never throws: an error that can't be stored whole is stored as its message. */
export const encodeError = encodeThrown;

/** The recorded thrown value: an error becomes an instance again, any other value stays unchanged. */
export function decodeError(text: string | null, fallback: () => Error): unknown {
  return text === null ? fallback() : decodeThrown(text);
}

/** One sentence for the state's message. Never throws. */
export const messageOf = thrownText;
