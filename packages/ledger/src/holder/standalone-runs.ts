/**
 * Task runs outside any flow, owned by this process's session, which is kept alive while one of them is open. No flow run has a
 * token to fence them with, so each row names its session, and a sweep takes rows from sessions that are over (law 5).
 */
import { isNotReady, isTerminal, type TaskRunRecord } from '@millrace/kernel';
import type { TaskRunFence } from '@millrace/store';
import type { HolderContext } from './holder-context.ts';

export class StandaloneRuns {
  readonly #context: HolderContext;
  readonly #open = new Set<string>();
  #ended = false;

  constructor(context: HolderContext) {
    this.#context = context;
  }

  get sessionId(): string {
    return this.#context.session.id;
  }

  /** The fence of the outermost run and of all below it. */
  fenceOf({ id }: TaskRunRecord): TaskRunFence {
    return { taskRunId: id, sessionId: this.sessionId };
  }

  /** The run started or changed its state. One that is left NotReady never starts, so it needs no session. */
  follow({ id, state }: TaskRunRecord): void {
    const isOpen = !isTerminal(state) && !isNotReady(state) && !this.#ended;
    if (isOpen === this.#open.has(id)) return;
    if (isOpen) {
      this.#context.session.ensure();
      this.#open.add(id);
      this.#context.activity.enter();
    } else {
      this.#open.delete(id);
      this.#context.activity.leave();
    }
  }

  /** Another process has them now, or they can't be written. */
  end(): void {
    this.#ended = true;
    for (const _ of this.#open) this.#context.activity.leave();
    this.#open.clear();
  }
}
