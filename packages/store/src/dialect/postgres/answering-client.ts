/**
 * A connection that cuts itself if the server is silent for too long after a request; the request then rejects as for a lost connection. A
 * connection without an open request may be silent.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import { machineHost } from '../../adapters/host.ts';

/** The options that a connection is opened with. */
export interface ClientConfig extends pg.ClientConfig {
  /** How long it may be silent after it was asked, in milliseconds; 0 = for ever. */
  readonly answerMaxMs: number;
}

/** A goodbye that is not answered within this is none. */
const endMaxMs = 2_000;

/** pg's client, which keeps its socket to itself as far as its types go. */
const Client = pg.Client as unknown as new (
  config: pg.ClientConfig,
) => pg.Client & {
  readonly connection: { readonly stream: Socket };
  ref(): void;
  unref(): void;
};

/** See the module's header. */
export class AnsweringClient extends Client {
  answerMaxMs: number;
  #watched: Socket | undefined;

  constructor(config: ClientConfig) {
    super(config);
    this.answerMaxMs = config.answerMaxMs;
    this.on('drain', () => this.#allow(0));
    const { query, end } = this;
    // Over the instance: pg's overloads are too many to be said again.
    this.query = ((...given: unknown[]) => {
      this.#allow(this.answerMaxMs);
      return Reflect.apply(query, this, given);
    }) as typeof this.query;
    this.end = ((...given: unknown[]) => {
      this.#allow(endMaxMs);
      return Reflect.apply(end, this, given);
    }) as typeof this.end;
  }

  #allow(silenceMs: number): void {
    const { stream } = this.connection;
    stream.setTimeout(silenceMs);
    if (this.#watched === stream) return;
    this.#watched = stream;
    stream.on('timeout', () => giveUp(stream));
  }
}

/** Where the event loop was held up the answer may be there, unread: it is looked for first. */
function giveUp(stream: Socket): void {
  const readBefore = stream.bytesRead;
  const silenceMs = stream.timeout ?? 0;
  machineHost.defer(() => {
    if (stream.bytesRead !== readBefore || stream.timeout === 0) return;
    const error = new Error(`no answer from the server in ${silenceMs} ms`);
    stream.destroy(Object.assign(error, { code: 'ETIMEDOUT', waitedMs: silenceMs }));
  });
}
