/**
 * Errors of values: a parameter, a result or another value that can't be stored, read or sent to a worker. Thrown before a run begins
 * or while one runs.
 */
import { MillraceError } from './millrace-error.ts';

/** The way out for a value that can't be stored, by the first word of its path, which says what the value is. */
const waysOut: Readonly<Record<string, string>> = {
  result: 'Return plain data, or set persistResult: false (a resumed run then computes it again).',
  parameter: 'Pass plain data, such as an id or a path, and make the rest inside of the flow.',
  argument: 'Pass plain data, such as an id or a path, and make the rest inside of the task.',
  signal: 'Send plain data.',
  input: 'Give plain data as the input.',
  variable: 'Set the variable to plain data.',
  artifact: 'Give the artifact plain data.',
  transaction: 'Put plain data into the transaction.',
};

function wayOutOf(path: string): string {
  const [word = ''] = /^[a-z]+/.exec(path) ?? [];
  return waysOut[word] ?? waysOut[word.replace(/s$/, '')] ?? 'Use plain data there.';
}

/** A value that can't be stored where it must be. `details.path` says where in the value, `details.of` whose it is, if known. */
export class NotSerializable extends MillraceError {
  /** `wayOut`: a sentence that says what to do; default: what helps with the kind of value that the path begins with. */
  constructor(about: {
    readonly path: string;
    readonly problem: string;
    /** Whose value it is: `task 'fetch'`. */
    readonly of?: string;
    readonly wayOut?: string;
    readonly cause?: unknown;
  }) {
    super(
      'NotSerializable',
      `${about.path}${about.of === undefined ? '' : ` of ${about.of}`} can't be stored: ${about.problem}. ` +
        (about.wayOut ?? wayOutOf(about.path)),
      {
        details: {
          path: about.path,
          problem: about.problem,
          ...(about.of === undefined ? {} : { of: about.of }),
        },
        ...('cause' in about ? { cause: about.cause } : {}),
      },
    );
  }
}

/** Stored text that is no value. */
export class CorruptValue extends MillraceError {
  constructor(about: { readonly problem: string; readonly cause?: unknown }) {
    super(
      'CorruptValue',
      `A stored value can't be read: ${about.problem}. \`millrace db verify\` finds what else is damaged.`,
      {
        details: { problem: about.problem },
        ...('cause' in about ? { cause: about.cause } : {}),
      },
    );
  }
}

/** An argument or result that can't cross to a worker thread or process. */
export class NotTransferable extends MillraceError {
  constructor(about: {
    readonly taskName: string;
    readonly path: string;
    readonly problem: string;
    readonly cause?: unknown;
  }) {
    super(
      'NotTransferable',
      `${about.path} of task '${about.taskName}' can't cross to another thread or process: ${about.problem}. Make it inside the task, or run the task with isolate: 'inline'.`,
      {
        details: { taskName: about.taskName, path: about.path, problem: about.problem },
        ...('cause' in about ? { cause: about.cause } : {}),
      },
    );
  }
}

/** A result over the cap that was set. No retry helps. */
export class ResultTooLarge extends MillraceError {
  constructor(about: { readonly runName: string; readonly bytes: number; readonly bytesMax: number }) {
    super(
      'ResultTooLarge',
      `The result of '${about.runName}' has ${about.bytes} bytes; the cap is ${about.bytesMax}. Store it elsewhere and return where, or raise MILLRACE_RESULT_BYTES_MAX.`,
      {
        details: about,
      },
    );
  }
}
