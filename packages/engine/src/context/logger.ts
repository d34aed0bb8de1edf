/** The logger of a run: a line is printed on the console and recorded with the run, in order with its states. */
import type { Logger } from '../definitions/run-context.ts';
import type { Frame, Runtime } from '../runs/model.ts';
import { formatLine } from './format-line.ts';
import { sanitizeLogText } from '@millrace/kernel';
import { speakingFrame } from '../runs/frame.ts';
import { defaultRuntime } from '../runs/default-runtime.ts';

/** Python's numbers, as Prefect stores them. */
export const LogLevel = { debug: 10, info: 20, warning: 30, error: 40, critical: 50 } as const;

/**
 * The logger of the run that this code belongs to. Outside any run its lines go to the console only.
 *
 * @example
 * logger().info('loaded %d rows', rows.length);
 */
export function logger(): Logger {
  const frame = speakingFrame();
  return frame === undefined ? consoleOnly(defaultRuntime()) : createLogger(frame);
}

export function createLogger(frame: Frame): Logger {
  const line = (level: number, message: unknown, args: readonly unknown[]): void =>
    writeLine(frame, { level, text: format(message, args), print: true });
  return levels(line);
}

function consoleOnly(runtime: Runtime): Logger {
  return levels((level, message, args) =>
    runtime.print({ level, at: runtime.clock.now(), subject: null, text: format(message, args) }),
  );
}

function levels(line: (level: number, message: unknown, args: readonly unknown[]) => void): Logger {
  return {
    debug: (message, ...args) => line(LogLevel.debug, message, args),
    info: (message, ...args) => line(LogLevel.info, message, args),
    warn: (message, ...args) => line(LogLevel.warning, message, args),
    error: (message, ...args) => line(LogLevel.error, message, args),
    critical: (message, ...args) => line(LogLevel.critical, message, args),
  };
}

function format(message: unknown, args: readonly unknown[]): string {
  return formatLine({ depth: 6, breakLength: 120 }, [message, ...args]);
}

interface Line {
  readonly level: number;
  readonly text: string;
  readonly print: boolean;
}

/** Records a line with the run and, when `print` is set, shows it on the console. */
export function writeLine(frame: Frame, line: Line): void {
  if (line.level >= frame.runtime.logLevel) frame.runtime.log(frame, line);
}

/** The same for a run of this process. */
export function writeLineHere({ run, flow }: Pick<Frame, 'run' | 'flow'>, line: Line): void {
  const { runtime } = run;
  const at = runtime.clock.now();
  const isTask = run.kind === 'task';
  const message = sanitizeLogText(line.text);
  const isRepeated = run.repeated?.takes(line.level, message) === true;
  if (!isRepeated)
    run.execution?.log([
      {
        flowRunId: flow?.run.id ?? null,
        taskRunId: isTask ? run.id : null,
        level: line.level,
        logger: isTask ? 'millrace.task_runs' : 'millrace.flow_runs',
        message,
        at,
      },
    ]);
  if (line.print)
    runtime.print({ level: line.level, at, subject: `${isTask ? 'Task' : 'Flow'} run '${run.name}'`, text: line.text });
}
