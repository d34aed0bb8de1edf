/** A proxy before a server whose connections can be cut, as by a restart of the server or a failure of the network. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** The data that gets lost on its way while the connections stay. */
export type Swallowed = 'nothing' | 'requests' | 'answers';

export class CutProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #port = 0;
  cutCount = 0;
  #swallowed: Swallowed = 'nothing';

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  static async start(target: { readonly host: string; readonly port: number }): Promise<CutProxy> {
    const proxy = new CutProxy(target);
    await proxy.#listen(0);
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Every connection is gone, in the middle of whatever it carried; new ones come through. */
  cut(): void {
    this.cutCount += 1;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** As cut, and no new connection is taken until `restore`. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  /** Connections stay and are taken, and what goes one way is lost without a word. One that lost something stays so. */
  swallow(what: Swallowed): void {
    this.#swallowed = what;
  }

  restore(): Promise<void> {
    return this.#listen(this.#port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  #listen(port: number): Promise<void> {
    return new Promise((resolve) => {
      this.#server.listen(port, '127.0.0.1', () => resolve());
    });
  }

  #join(client: Socket): void {
    const server = createConnection(this.#target);
    for (const [from, to, kind] of [
      [client, server, 'requests'],
      [server, client, 'answers'],
    ] as const) {
      let isDeaf = false;
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes) => {
        isDeaf ||= this.#swallowed === kind;
        if (!isDeaf) to.write(bytes);
      });
      from.on('end', () => to.end());
    }
  }
}
