/**
 * A bucket in this process: the part of the S3 API that the storage uses, over real HTTP, with faults on demand. It requires a signature
 * and does not verify it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The fault of the next requests: an error response, no response, or a reset connection. */
export type Fault = 500 | 503 | 'silence' | 'reset';

interface Stored {
  readonly body: Buffer;
  readonly storedAt: Date;
}

const listPageMax = 3;

export class BucketServer implements AsyncDisposable {
  readonly bucket = 'results';
  readonly objects = new Map<string, Stored>();
  /** `METHOD key` of each request, faults included. */
  readonly requests: string[] = [];
  readonly #faults: Fault[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<BucketServer> {
    const server = createServer();
    const bucket = new BucketServer(server);
    server.on('request', (request, response) => void bucket.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bucket;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  fail(...faults: readonly Fault[]): void {
    this.#faults.push(...faults);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.endpoint);
    const [, bucket, ...parts] = url.pathname.split('/').map(decodeURIComponent);
    const key = parts.join('/');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push(`${request.method} ${key}`);
    const fault = this.#faults.shift();
    if (fault === 'silence') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault !== undefined) return error(response, fault, 'InternalError');
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return error(response, 403, 'AccessDenied');
    if (bucket !== this.bucket) return error(response, 404, 'NoSuchBucket');
    if (request.method === 'GET' && url.searchParams.get('list-type') === '2') return this.#list(url, response);
    this.#object(request, response, { key, body: Buffer.concat(chunks) });
  }

  #object(
    { method }: IncomingMessage,
    response: ServerResponse,
    { key, body }: { readonly key: string; readonly body: Buffer },
  ): void {
    if (method === 'PUT') {
      this.objects.set(key, { body, storedAt: new Date() });
      response.writeHead(200, { etag: '"1"' }).end();
    } else if (method === 'DELETE') {
      this.objects.delete(key);
      response.writeHead(204).end();
    } else {
      const found = this.objects.get(key);
      if (found === undefined) error(response, 404, 'NoSuchKey');
      else response.writeHead(200, { 'content-type': 'application/json' }).end(found.body);
    }
  }

  #list(url: URL, response: ServerResponse): void {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('continuation-token') ?? '';
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = keys.slice(0, listPageMax);
    const more = keys.length > page.length;
    const contents = page.map((key) => {
      const { body, storedAt } = this.objects.get(key) ?? { body: '', storedAt: new Date(0) };
      return `<Contents><Key>${key}</Key><LastModified>${storedAt.toISOString()}</LastModified><Size>${body.length}</Size></Contents>`;
    });
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    xml(
      response,
      200,
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }
}

function error(response: ServerResponse, status: number, code: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function xml(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${body}`);
}
