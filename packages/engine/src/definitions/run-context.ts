/**
 * The views of a run that bodies, hooks and run name functions receive. Types only; `context/` makes the objects.
 */

/** A run, as hooks and `context()` see it: a small copy, safe to keep. */
export interface RunView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'flow' | 'task';
  /** The flow's or task's name. */
  readonly definitionName: string;
  readonly tags: readonly string[];
  /** 1 for the first attempt. */
  readonly runCount: number;
  readonly version: string | null;
}

/** A run's logger. Messages take `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O` as `console.log` does. */
export interface Logger {
  debug(message: unknown, ...args: unknown[]): void;
  info(message: unknown, ...args: unknown[]): void;
  warn(message: unknown, ...args: unknown[]): void;
  error(message: unknown, ...args: unknown[]): void;
  critical(message: unknown, ...args: unknown[]): void;
}

/** The view that a body has of its run: its last argument if it declares one, and the result of `context()`. */
export interface RunContext {
  /** The flow run this code belongs to; undefined in a task called outside any flow. */
  readonly flowRun: RunView | undefined;
  /** The task run this code belongs to; undefined in a flow's own body. */
  readonly taskRun: RunView | undefined;
  /** 1 for the first attempt, 2 for the first retry... */
  readonly attempt: number;
  /** Aborted with the reason when the run is cancelled or timed out. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** The flow run's parameters by name, in its tasks too. Where a task run is named (`runName`): those of the task. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly tags: readonly string[];
}

/** The context a task's body asks for. */
export type TaskContext = RunContext;
/** The context a flow's body asks for. */
export type FlowContext = RunContext;
