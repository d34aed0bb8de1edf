/**
 * Errors of what users write: options, names, arguments. Thrown before any run has begun.
 */
import { MillraceError } from './millrace-error.ts';

/** An option, a setting or a call that can't be meant. */
export class ConfigurationError extends MillraceError {
  constructor(message: string, details: Readonly<Record<string, unknown>> = {}) {
    super('ConfigurationError', message, { details });
  }
}

/** A name that can't be one. */
export class InvalidNameError extends MillraceError {
  constructor(about: { readonly kind: string; readonly name: string; readonly problem: string }) {
    super('InvalidNameError', `The ${about.kind} name ${JSON.stringify(about.name.slice(0, 80))} ${about.problem}.`, {
      details: about,
    });
  }
}

/** Two definitions of one name. `details.places` says where each is; with `details.use`, what can't tell them apart. */
export class DuplicateName extends MillraceError {
  constructor(about: {
    readonly kind: 'flow' | 'task';
    readonly name: string;
    /** `file:line` of each. */
    readonly places: readonly string[];
    /** The reader that finds a definition by its name alone: the end of a sentence. Absent = both are written at a module's top level. */
    readonly use?: string;
  }) {
    const { kind, name, use = `recorded runs, cached values and workers find a ${kind} by its name` } = about;
    const places = [...new Set(about.places)];
    const where = places.length === 1 ? `several times at ${places[0]}` : `at ${places.join(' and at ')}`;
    super(
      'DuplicateName',
      `The ${kind} '${name}' is defined ${where}, and ${use}. Give each definition a name of its own.`,
      { details: about },
    );
  }
}

/** Something that needs a run was called where there is none. */
export class NotInRun extends MillraceError {
  constructor(about: { readonly call: string }) {
    super(
      'NotInRun',
      `${about.call} works inside of a flow or a task only, and this code runs in neither. Call it from the body of one.`,
      { details: about },
    );
  }
}

/** Arguments of `.map` whose lengths differ. */
export class MapLengthError extends MillraceError {
  constructor(about: { readonly taskName: string; readonly lengths: Readonly<Record<string, number>> }) {
    const lengths = Object.entries(about.lengths).map(([name, length]) => `${name} has ${length}`);
    super(
      'MapLengthError',
      `'${about.taskName}'.map got arguments of different lengths: ${lengths.join(', ')}. Make them equal, or mark what goes to every run with unmapped().`,
      {
        details: about,
      },
    );
  }
}

/** A `.map` with nothing to map over. */
export class MapMissingIterable extends MillraceError {
  constructor(about: { readonly taskName: string; readonly argumentCount: number }) {
    const what =
      about.argumentCount === 0
        ? 'no argument'
        : 'no argument that is iterable (strings, bytes and plain objects go to every run)';
    super(
      'MapMissingIterable',
      `'${about.taskName}'.map got ${what}. Pass an array ([...bytes] for the numbers in bytes, await Array.fromAsync(items) for an async iterable), or call it without .map.`,
      { details: about },
    );
  }
}

/** A `.map` over an iterable that has no length and did not end: elements are read before the first run begins. */
export class MapEndlessIterable extends MillraceError {
  constructor(about: { readonly taskName: string; readonly parameter: string; readonly lengthMax: number }) {
    super(
      'MapEndlessIterable',
      `'${about.taskName}'.map read ${about.lengthMax} elements of ${about.parameter}, an iterable without a length, and it has more. ` +
        'If it ends, pass it as an array; if not, take a part of it, such as iterator.take(1000), and map page by page.',
      { details: about },
    );
  }
}

/** One thing that a schema refuses. */
export interface ParameterIssue {
  /** Dotted; '' = the whole. */
  readonly path: string;
  readonly message: string;
}

/** Parameters that a flow's `input` schema refuses. */
export class ParameterError extends MillraceError {
  constructor(about: { readonly flowName: string; readonly issues: readonly ParameterIssue[] }) {
    const list = about.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super('ParameterError', `Flow '${about.flowName}' refuses its parameters: ${list.join('; ')}.`, { details: about });
  }

  /** The refused value and its path. Read from `details`, so that a recorded error has it too. */
  get issues(): readonly ParameterIssue[] {
    return this.details['issues'] as readonly ParameterIssue[];
  }
}

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
