/**
 * `logPrints`: what a body prints with `console` is recorded with its run, and still printed.
 *
 * The console's methods are wrapped once, when the first run that asks for it begins; calls from anywhere else pass through
 * untouched.
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

/** Wraps the console, if it isn't yet. */
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
