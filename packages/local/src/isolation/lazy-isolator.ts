/** The isolator, loaded at the first isolated call, because most programs isolate nothing and each module slows down their start. */
import type { IsolatedCall, Isolator } from '@millrace/engine';
import type { Frame } from '@millrace/engine/internal';

export class LazyIsolator implements Isolator<Frame> {
  #loading: Promise<Isolator<Frame>> | null = null;

  async run(call: IsolatedCall<Frame>): Promise<unknown> {
    this.#loading ??= import('./local-isolator.ts').then(({ LocalIsolator }) => new LocalIsolator());
    return await (await this.#loading).run(call);
  }

  async close(): Promise<void> {
    await (await this.#loading)?.close();
  }
}
