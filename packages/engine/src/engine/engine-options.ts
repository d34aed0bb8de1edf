/** The parts of an engine, and the listeners of its composition root. */
import type { Ledger } from '@millrace/kernel';
import type { Body, Definition, TaskDefinition } from '../definitions/definition.ts';
import type { Isolator } from '../runs/isolator.ts';
import type { Frame, Run } from '../runs/model.ts';
import type { Machine, EngineSettings } from '../runs/runtime.ts';

/** The composition root gives an engine all of this: the ledger, time, randomness, and what it may do to the process. */
export interface EngineOptions extends Machine, Partial<EngineSettings> {
  /** Opened at the first run. */
  readonly openLedger: () => Promise<Ledger>;
  /** Worker threads and processes; absent = bodies can't be isolated. */
  readonly isolator?: Isolator<Frame>;
  /** A tree of runs that only waits is evicted when its wait is longer than this; default 2,000 ms. */
  readonly parkAfterMs?: number;
  /** The number of these that stay in memory for some minutes before they are evicted; default 100. */
  readonly idleTreesMax?: number;
  /** The function that is called for a task, such as a test's double; default: its body. */
  readonly bodyOf?: (definition: TaskDefinition) => Body;
  /** The recorded run that an outermost call of this flow takes up in place of beginning one: how a test goes on after a crash. */
  readonly takesUp?: (definition: Definition) => string | undefined;
  /** Called when the first outermost run starts and when the last has ended: keeps the process alive in between. */
  readonly onBusy?: (busy: boolean) => void;
  /** Called when a failure is printed that no code has looked at, such as that of a call that no code awaits. */
  readonly onUnobserved?: () => void;
  /** Called with each outermost run when it is started. Nothing of it is recorded yet. */
  readonly onRoot?: (run: Run) => void;
  /** Awaited before the engine closes, while what is recorded can still be read. May be called more than once. */
  readonly onClosing?: () => Promise<void>;
}
