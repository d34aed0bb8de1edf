/**
 * Acquires slots: sends the request to the ledger, and repeats it when a slot may be free. The body gives its permit back while it waits
 * (law 6).
 */
import type { Engine, Permit, Run } from '../runs/model.ts';
import { ConcurrencyTimeout, StateType, WaitCycleError } from '@millrace/kernel';
import type { SlotRequest } from '@millrace/kernel';
import { pauseUntil, takePermitBack } from '../runs/interruptible-waits.ts';
import type { HeldSlots } from './held-slots.ts';
import { type SlotWait, type SlotWaits, slotWaitsOf } from './slot-waits.ts';

/** A holder in another process may release its slot at any moment, so ask soon, whatever wait the ledger suggests. */
const RETRY_MAX_MS = 250;
/** The longest wait before a run asks by itself, however many are before it. */
const PAUSE_MAX_MS = 30_000;

export interface AcquireOptions {
  readonly request: SlotRequest;
  readonly permit: Permit | null;
  /** null = no limit. */
  readonly timeoutMs: number | null;
  /** Called once, when it has to wait. */
  readonly onWait?: (name: string, heldBy: readonly string[]) => void;
}

/**
 * The lease of the slots; null when nothing limits them.
 *
 * @throws ConcurrencyTimeout when the time is up; WaitCycleError when they come free only after the run has ended
 */
export async function acquireSlots(run: Run, options: AcquireOptions): Promise<string | null> {
  const wait = new Wait(run, options);
  let leaseId: string | null = null;
  try {
    try {
      leaseId = await untilGranted(run, options, wait);
    } finally {
      await wait.end();
    }
  } catch (error) {
    if (leaseId !== null) await releaseSlots(run.engine, { leaseId, request: options.request });
    throw error;
  }
  return leaseId;
}

/** Releases slots; the next waiting run of this process asks at once. */
export async function releaseSlots(
  engine: Engine,
  slots: { readonly leaseId: string; readonly request: SlotRequest; readonly held?: HeldSlots },
): Promise<void> {
  await engine.opened.limits.release(slots.leaseId);
  const { names, occupy } = slots.request;
  const held = slots.held === undefined ? {} : { held: slots.held };
  slotWaitsOf(engine).release(names, { occupy, ...held });
}

async function untilGranted(run: Run, options: AcquireOptions, wait: Wait): Promise<string | null> {
  const { clock, opened } = run.engine;
  const startedAt = clock.now();
  for (;;) {
    const answer = await opened.limits.acquire(options.request);
    if (answer.status === 'unlimited') return null;
    if (answer.status === 'granted') return answer.leaseId;
    const left = options.timeoutMs === null ? Number.POSITIVE_INFINITY : startedAt + options.timeoutMs - clock.now();
    if (left <= 0)
      throw new ConcurrencyTimeout({
        limitName: answer.name,
        timeoutMs: options.timeoutMs ?? 0,
        heldBy: answer.heldBy,
      });
    await refuseCycle(run, options, answer.name);
    wait.begin(answer);
    await wait.pause(answer.name, { retryAfterMs: Math.min(answer.retryAfterMs, RETRY_MAX_MS), leftMs: left });
  }
}

/** Checked before each wait, because a holder of the slots may start to wait for this run later. */
async function refuseCycle(run: Run, { request, permit }: AcquireOptions, name: string): Promise<void> {
  const { occupied, path } = slotWaitsOf(run.engine).heldFor(name, { run, permit });
  if (occupied === 0) return;
  const limit = (await run.engine.opened.limits.get(name))?.limit ?? Number.POSITIVE_INFINITY;
  if (occupied + request.occupy <= limit) return;
  throw new WaitCycleError({ cycle: [run.name, `limit '${name}'`, ...path.map((member) => member.name)] });
}

/** The wait of a run for a limit that is full. */
class Wait implements SlotWait {
  wake: (() => void) | null = null;
  readonly #run: Run;
  readonly #options: AcquireOptions;
  readonly #waits: SlotWaits;
  /** The limit that it waits for; null = it does not wait. */
  #name: string | null = null;
  #lead: (() => void) | null = null;
  /** The reason of the wait, in words. */
  #why = '';
  /** Whether a slot that came free in this process ended the wait. */
  #isWoken = false;

  constructor(run: Run, options: AcquireOptions) {
    this.#run = run;
    this.#options = options;
    this.#waits = slotWaitsOf(run.engine);
  }

  begin({ name, heldBy }: { readonly name: string; readonly heldBy: readonly string[] }): void {
    this.#why = `a slot of '${name}'${heldBy.length === 0 ? '' : `, held by ${heldBy.join(', ')}`}`;
    if (this.#name === name) return;
    if (this.#name === null) {
      this.#options.onWait?.(name, heldBy);
      this.#options.permit?.suspend();
    } else this.#waits.leave(this.#name, this, false);
    this.#name = name;
    this.#waits.join(name, this);
  }

  /** Until a slot may be free, or the time is up. Rejects with the abort's reason before. */
  async pause(
    name: string,
    { retryAfterMs, leftMs }: { readonly retryAfterMs: number; readonly leftMs: number },
  ): Promise<void> {
    const until = this.#run.engine.clock.now() + leftMs;
    this.#isWoken = false;
    if (this.#waits.takeMissed(name)) return;
    let isLed: boolean;
    do {
      const woken = Promise.withResolvers<void>();
      isLed = false;
      this.wake = () => {
        this.wake = null;
        this.#isWoken = true;
        woken.resolve();
      };
      this.#lead = () => {
        isLed = true;
        woken.resolve();
      };
      // All waiting runs of this process together ask about as often as one.
      const pauseMs = Math.min(PAUSE_MAX_MS, retryAfterMs * (this.#waits.before(name, this) + 1));
      const left = until - this.#run.engine.clock.now();
      await pauseUntil(this.#run, {
        delayMs: Math.max(1, Math.min(pauseMs, left)),
        woken: woken.promise,
        why: this.#why,
      });
    } while (isLed && !this.#isWoken);
    this.#lead = null;
    this.wake = null;
  }

  lead(): void {
    this.#lead?.();
  }

  async end(): Promise<void> {
    if (this.#name === null) return;
    this.#waits.leave(this.#name, this, !this.#isWoken);
    await takePermitBack(this.#options.permit, this.#run);
  }
}

/** Whether the run may get a state that says that it waits for a slot (law 7): only before its attempt starts. */
export function mayAwaitSlot({ record }: Run): boolean {
  const type = record?.state.type;
  return type === StateType.Pending || type === StateType.Scheduled;
}
