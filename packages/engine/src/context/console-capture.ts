/**
 * `logPrints`: lines that a body prints with `console` are recorded with its run, and still printed.
 *
 * The methods of the console are wrapped once, when the first run with this option starts. Calls from outside such runs pass through
 * unchanged.
 */
import { sharedByCopies } from '@millrace/kernel';
import { speakingFrame } from '../runs/frame.ts';
import { formatLine } from './format-line.ts';
import { LogLevel, writeLine } from './logger.ts';

const captured = {
  debug: LogLevel.debug,
  log: LogLevel.info,
  info: LogLevel.info,
  warn: LogLevel.warning,
  error: LogLevel.error,
} as const;

const installed = sharedByCopies('console-capture', () => ({ isDone: false }));

/** Wraps the console unless it is wrapped already. */
export function captureConsole(): void {
  if (installed.isDone) return;
  installed.isDone = true;
  const target = globalThis.console;
  for (const [method, level] of Object.entries(captured) as [keyof typeof captured, number][]) {
    const print = target[method];
    target[method] = (...args: unknown[]): void => {
      const frame = speakingFrame();
      if (frame?.logPrints === true) writeLine(frame, { level, text: formatLine({ depth: 2 }, args), print: false });
      print.apply(target, args);
    };
  }
}
