/** What an engine is made of, and what its composition root is told. */
import type { Ledger } from '@millrace/kernel';
import type { Body, Definition, TaskDefinition } from '../definitions/definition.ts';
import type { Isolator } from '../runs/isolator.ts';
import type { Frame, Run } from '../runs/model.ts';
import type { Machine, Settings } from '../runs/runtime.ts';

/** What an engine is handed by whoever composes it: the ledger, time, randomness, and what it may do to the process. */
export interface EngineOptions extends Machine, Partial<Settings> {
  /** Opened at the first run. */
  readonly openLedger: () => Promise<Ledger>;
  /** Worker threads and processes; absent = bodies can't be isolated. */
  readonly isolator?: Isolator<Frame>;
  /** A tree of runs that does nothing but wait is parked when it has to wait longer than this; default 2,000 ms. */
  readonly parkAfterMs?: number;
  /** So many of these stay in memory for some minutes before they are parked; default 100. */
  readonly residentMax?: number;
  /** What is called for a task in place of its body: how tests put a double in; default: its body. */
  readonly bodyOf?: (definition: TaskDefinition) => Body;
  /** The recorded run that an outermost call of this flow takes up in place of beginning one: how a test goes on after a crash. */
  readonly takesUp?: (definition: Definition) => string | undefined;
  /** Told when the first outermost run begins and when the last has ended: keeps the process alive in between. */
  readonly onBusy?: (busy: boolean) => void;
  /** Called when a failure is printed that no code has looked at, such as that of a call that no code awaits. */
  readonly onUnobserved?: () => void;
  /** Told of each outermost run when it is started; nothing of it need be recorded yet. */
  readonly onRoot?: (run: Run) => void;
  /** Awaited before the engine closes, while what is recorded can still be read. May be called more than once. */
  readonly onClosing?: () => Promise<void>;
}
