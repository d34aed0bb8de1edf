/**
 * Errors of definitions and calls: an option, a name or an argument that is refused. Thrown before the run begins. The errors of values
 * that can't be stored are in `value-errors.ts`.
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
