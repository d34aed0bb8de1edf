/**
 * Values in a bucket of S3, or of anything that speaks its API.
 *
 * The AWS SDK does what must not be written by hand: credentials, signatures, retries. It is loaded with the first value.
 */
import { type BlobEntry, type BlobStorage, checkedKey } from '@millrace/store';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

/** Which bucket, and how to reach it. What is left out the SDK takes from the environment. */
export interface S3StorageOptions {
  readonly bucket: string;
  /** Goes before every key, such as `millrace/prod` (default: nothing). */
  readonly prefix?: string;
  /** Part of every reference (default `s3`): keep it when the bucket stays the same. */
  readonly name?: string;
  /** Default: the environment's (`AWS_REGION`, profile). */
  readonly region?: string;
  /** For MinIO, Ceph, R2 and others: their URL. */
  readonly endpoint?: string;
  /** The bucket in the path instead of the host's name (default: true with an `endpoint`). */
  readonly forcePathStyle?: boolean;
  /** Default: the SDK's chain (environment, profile, web identity, container, instance). */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
  /** Tries a request, with growing pauses, before it is an error (default 5). */
  readonly attemptsMax?: number;
  /** How long one try may be silent, in milliseconds (default 30,000). */
  readonly timeoutMs?: number;
}

const attemptsDefaultMax = 5;
const timeoutDefaultMs = 30_000;
const connectTimeoutMs = 5_000;

/**
 * A storage for large values in a bucket: for `openStore({ blobs })`, and for a task's or flow's `storage` option.
 *
 * Its verbs reject with RangeError for a bad key, else with the SDK's errors after its retries; the store reports those as
 * BlobUnavailable, with run and key.
 *
 * @param options the bucket, and whatever the environment does not say.
 * @returns the storage; nothing is loaded or sent before its first use.
 * @throws RangeError when the bucket or the name is missing or malformed.
 * @example
 * const storage = s3Storage({ bucket: 'my-results', prefix: 'millrace' });
 */
export function s3Storage(options: Readonly<S3StorageOptions>): BlobStorage {
  return new S3Storage(options);
}

class S3Storage implements BlobStorage {
  readonly name: string;
  readonly #options: S3StorageOptions;
  readonly #prefix: string;
  #opening: Promise<Opened> | undefined;

  constructor(options: S3StorageOptions) {
    const { bucket, name = 's3', prefix = '' } = options;
    if (bucket === '') throw new RangeError('s3Storage needs the name of a bucket');
    if (!/^[a-z0-9-]+$/.test(name)) {
      throw new RangeError(`${JSON.stringify(name)} is no name for a storage: use lower-case letters, digits and '-'`);
    }
    this.name = name;
    this.#options = options;
    const trimmed = prefix.replaceAll(/^\/+|\/+$/g, '');
    this.#prefix = trimmed === '' ? '' : `${trimmed}/`;
  }

  async put(key: string, content: string | Uint8Array): Promise<void> {
    const address = this.#address(key);
    const { sdk, client } = await this.#open();
    const body = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
    await client.send(new sdk.PutObjectCommand({ ...address, Body: body, ContentType: 'application/json' }));
  }

  async get(key: string): Promise<string | undefined> {
    const address = this.#address(key);
    const { sdk, client } = await this.#open();
    try {
      const { Body: body } = await client.send(new sdk.GetObjectCommand(address));
      return (await body?.transformToString('utf-8')) ?? '';
    } catch (error) {
      if (error instanceof sdk.NoSuchKey) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const address = this.#address(key);
    const { sdk, client } = await this.#open();
    await client.send(new sdk.DeleteObjectCommand(address));
  }

  async *list(prefix: string): AsyncIterable<BlobEntry> {
    const { sdk, client } = await this.#open();
    const query = { Bucket: this.#options.bucket, Prefix: this.#prefix + prefix };
    for (let token: string | undefined; ; ) {
      const page = await client.send(new sdk.ListObjectsV2Command({ ...query, ContinuationToken: token }));
      for (const { Key: key, LastModified: at } of page.Contents ?? []) {
        if (key !== undefined && at !== undefined)
          yield { key: key.slice(this.#prefix.length), storedAt: at.getTime() };
      }
      token = page.NextContinuationToken;
      if (token === undefined) return;
    }
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) (await opening).client.destroy();
  }

  #address(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#options.bucket, Key: this.#prefix + checkedKey(key) };
  }

  #open(): Promise<Opened> {
    this.#opening ??= import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      client: new sdk.S3Client(clientConfig(this.#options)),
    }));
    return this.#opening;
  }
}

interface Opened {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
}

function clientConfig(options: S3StorageOptions): S3ClientConfig {
  const { region, endpoint, credentials, forcePathStyle = endpoint !== undefined } = options;
  const { attemptsMax = attemptsDefaultMax, timeoutMs = timeoutDefaultMs } = options;
  return {
    forcePathStyle,
    maxAttempts: attemptsMax,
    requestHandler: { connectionTimeout: connectTimeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    // Other servers than AWS differ in their support of the SDK's newer checksums; the store checks each value's SHA-256 itself.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}
