/**
 * A pool of isolated workers of one kind: made when first needed, kept while the process lives, replaced when they die.
 * One call at a time each; callers wait their turn.
 */
import type { WorkerChannel } from './worker-channel.ts';

export class WorkerPool {
  readonly #open: () => WorkerChannel;
  readonly #idle: WorkerChannel[] = [];
  readonly #all = new Set<WorkerChannel>();
  readonly #queue: ((channel: WorkerChannel) => void)[] = [];
  #size = 0;

  constructor(open: () => WorkerChannel) {
    this.#open = open;
  }

  /** A worker of one's own until it is given back. The pool grows to the largest size that anyone asked for. */
  take(size: number): Promise<WorkerChannel> {
    this.#size = Math.max(this.#size, size);
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#all.size < this.#size) return Promise.resolve(this.#grow());
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  give(channel: WorkerChannel): void {
    if (!this.#all.has(channel)) return;
    const next = this.#queue.shift();
    if (next === undefined) {
      channel.reference(false);
      this.#idle.push(channel);
    } else next(channel);
  }

  close(): void {
    for (const channel of this.#all) channel.kill();
    this.#all.clear();
  }

  #grow(): WorkerChannel {
    const channel = this.#open();
    this.#all.add(channel);
    channel.onExit(() => {
      this.#all.delete(channel);
      const index = this.#idle.indexOf(channel);
      if (index >= 0) this.#idle.splice(index, 1);
      const next = this.#queue.shift();
      if (next !== undefined) next(this.#grow());
    });
    return channel;
  }
}
