/** Events in the order of their time, and of their making where the time is the same. A binary heap. */

export interface Event {
  at: number;
  readonly order: number;
  readonly owner: Owner | null;
  readonly label: string;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Whose event it is: those of the dead are dropped, those of the paused wait. */
export interface Owner {
  readonly name: string;
  readonly isAlive: boolean;
  readonly pausedUntil: number;
}

export class EventQueue {
  readonly #heap: Event[] = [];

  push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      const smaller = this.#smallerChild(index);
      const below = heap[smaller];
      if (below === undefined || !isBefore(below, last)) break;
      heap[index] = below;
      index = smaller;
    }
    heap[index] = last;
    return first;
  }

  #smallerChild(index: number): number {
    const left = 2 * index + 1;
    const one = this.#heap[left];
    const other = this.#heap[left + 1];
    return one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
