/** Runs one service in this process until it is stopped: see service-shape.ts for the parts of a service and its runner. */
import type { Clock, TimerHandle } from '@millrace/kernel';
import type { Store } from '@millrace/store';
import type { Service, ServiceStatus } from './service-shape.ts';

/** A runner's store, clock and name. */
export interface ServiceHost {
  readonly store: Store;
  /** Of this process, with timers that need not keep it alive. Only the database's clock decides whether a turn is due. */
  readonly clock: Pick<Clock, 'now' | 'setTimer'>;
  /** 0 <= n < 1: spreads the processes' looks at the turn. */
  readonly random: () => number;
  /** For people: the id of a process or session. */
  readonly holderId: string;
  /** Called with the error of a turn that failed; the turn is tried again by whichever process looks first. */
  readonly onError?: (error: unknown) => void;
}

/** A service that was started. */
export interface RunningService {
  status(): ServiceStatus;
  /** Ends the step at hand, gives the turn back, and resolves when nothing of the service runs any more. May be called again. */
  stop(): Promise<void>;
}

/** How many times in one period a process looks whether the turn is free. */
const looksPerPeriod = 6;

/** Starts a service. Stop it before its store is closed. */
export function startService(service: Service, host: ServiceHost): RunningService {
  const runner = new ServiceRunner(service, host);
  const done = runner.run();
  return {
    status: () => runner.status(),
    stop() {
      runner.abort();
      return done;
    },
  };
}

class ServiceRunner {
  readonly #service: Service;
  readonly #host: ServiceHost;
  readonly #stop = new AbortController();
  readonly #counts: Record<string, number> = {};
  #state: ServiceStatus['state'] = 'waiting';
  #turnCount = 0;
  #lastError: ServiceStatus['lastError'] = null;
  #endPause: () => void = () => {};

  constructor(service: Service, host: ServiceHost) {
    this.#service = service;
    this.#host = host;
  }

  status(): ServiceStatus {
    return {
      name: this.#service.name,
      state: this.#state,
      turnCount: this.#turnCount,
      counts: { ...this.#counts },
      lastError: this.#lastError,
    };
  }

  abort(): void {
    this.#stop.abort();
    this.#endPause();
  }

  async run(): Promise<void> {
    const { clock, random } = this.#host;
    const lookMs = this.#service.everyMs / looksPerPeriod;
    while (!this.#isStopped) {
      try {
        await this.#takeTurn();
      } catch (error) {
        this.#lastError = { at: clock.now(), error };
        this.#host.onError?.(error);
      }
      this.#state = 'waiting';
      await this.#pause(lookMs * (0.5 + random()));
    }
    this.#state = 'stopped';
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #takeTurn(): Promise<void> {
    const { store, holderId } = this.#host;
    const { name, everyMs, turnMs: ttlMs } = this.#service;
    const token = await store.write(({ turns }) => turns.take({ name, holderId, ttlMs, everyMs }));
    if (token === undefined) return;
    this.#state = 'working';
    let isComplete = false;
    try {
      isComplete = await this.#passes(token);
    } finally {
      await store.write(({ turns }) => turns.end({ name, token, complete: isComplete }));
    }
    if (!isComplete) return;
    this.#turnCount += 1;
    this.#lastError = null;
  }

  /** False = it was stopped, or the turn is another process's now. */
  async #passes(fencingToken: number): Promise<boolean> {
    const { name, turnMs: ttlMs } = this.#service;
    const { signal } = this.#stop;
    for (let isFirstPass = true; !this.#isStopped; isFirstPass = false) {
      const { isComplete, counts } = await this.#service.pass({ fencingToken, isFirstPass, signal });
      for (const [key, count] of Object.entries(counts)) this.#counts[key] = (this.#counts[key] ?? 0) + count;
      if (isComplete) return true;
      const isOurs = await this.#host.store.write(({ turns }) => turns.extend({ name, token: fencingToken, ttlMs }));
      if (!isOurs) return false;
    }
    return false;
  }

  /** Ends early when the service is stopped, and leaves no timer. */
  #pause(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      let timer: TimerHandle | null = null;
      this.#endPause = () => {
        timer?.cancel();
        resolve();
      };
      timer = this.#host.clock.setTimer(ms, resolve);
    });
  }
}
