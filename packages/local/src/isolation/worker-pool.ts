/**
 * A pool of isolated workers of one kind: made when first needed, kept while the process lives, replaced when they die.
 *
 * Each runs one body at a time. The size is the number of bodies at work; a waiting body gives its permit to another (law 6), so there
 * may be more workers than that.
 */
import { Semaphore } from '@millrace/engine/internal';
import type { WorkerChannel } from './worker-channel.ts';

/** A worker for one body, and the permit of the body. */
export interface Lease {
  readonly channel: WorkerChannel;
  readonly permit: ReturnType<Semaphore['permit']>;
}

export class WorkerPool {
  readonly #open: () => WorkerChannel;
  readonly #idle: WorkerChannel[] = [];
  readonly #all = new Set<WorkerChannel>();
  readonly #semaphore = new Semaphore(0);
  /** This many workers stay for the next body; others were needed while bodies waited. */
  #size = 0;

  constructor(open: () => WorkerChannel) {
    this.#open = open;
  }

  /** A worker for the caller alone until it is given back. The pool grows to the largest size of all calls. */
  async take(size: number): Promise<Lease> {
    this.#size = Math.max(this.#size, size);
    this.#semaphore.widen(this.#size);
    await this.#semaphore.take();
    const channel = this.#idle.pop() ?? this.#grow();
    channel.reference(true);
    return { channel, permit: this.#semaphore.permit() };
  }

  give({ channel, permit }: Lease): void {
    if (this.#all.has(channel)) {
      channel.reference(false);
      if (this.#idle.length < this.#size) this.#idle.push(channel);
      else channel.kill();
    }
    permit.end();
  }

  /** Ends a broken worker, so that it is not used again. */
  discard({ channel, permit }: Lease): void {
    this.#all.delete(channel);
    channel.kill();
    permit.end();
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
    });
    return channel;
  }
}
