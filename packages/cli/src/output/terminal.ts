/**
 * Standard output and error with their capabilities. Colour is decided per channel: a listing piped to a file is plain while an error
 * on the screen is coloured.
 */
import picocolors from 'picocolors';
import { isClosed } from './output-errors.ts';

/** Functions that colour text, or return it unchanged. */
export type Paint = ReturnType<typeof picocolors.createColors>;

export interface Channel {
  write(text: string): void;
  /** The reader has closed it. */
  readonly isClosed: boolean;
  readonly isTty: boolean;
  /** Cells on a line; Infinity if nothing is to be cut. */
  readonly columns: number;
  readonly rows: number;
  readonly paint: Paint;
}

export interface Terminal {
  /** Standard output: the result of the command. */
  readonly out: Channel;
  /** Standard error: everything else. */
  readonly err: Channel;
  /** Epoch ms. */
  readonly now: () => number;
  /** Whether symbols beyond ASCII can be shown. */
  readonly isUnicode: boolean;
}

interface Stream {
  write(text: string): boolean;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;

/** A channel over a stream of the process. */
export function channelOver(stream: Stream, environment: Environment): Channel {
  const isTty = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    get isClosed() {
      return isClosed(stream);
    },
    isTty,
    get columns() {
      return isTty ? sizeOr(stream.columns, COLUMNS_DEFAULT) : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return sizeOr(stream.rows, ROWS_DEFAULT);
    },
    paint: picocolors.createColors(wantsColor(isTty, environment)),
  };
}

/** A terminal of unknown size reports 0. */
function sizeOr(size: number | undefined, fallback: number): number {
  return size === undefined || size <= 0 ? fallback : size;
}

/** NO_COLOR takes precedence, then FORCE_COLOR; otherwise terminals get colour unless they are dumb. */
export function wantsColor(isTty: boolean, environment: Environment): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTty && TERM !== 'dumb';
}

/** Whether symbols beyond ASCII are drawn: not on consoles without a font for them. */
export function wantsUnicode(environment: Environment): boolean {
  const { TERM, MILLRACE_ASCII } = environment;
  return TERM !== 'dumb' && TERM !== 'linux' && (MILLRACE_ASCII === undefined || MILLRACE_ASCII === '');
}
