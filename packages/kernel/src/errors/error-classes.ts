/**
 * The error classes by their code, so that a recorded error becomes an instance of its class again.
 *
 * An error of a class that is missing here becomes a plain `MillraceError`; the test beside this file finds such a class.
 */
import { knownToCopies } from '../process/copies.ts';
import { ScheduleError } from './schedule-error.ts';
import { DurationError } from './duration-error.ts';
import * as blobErrors from './blob-errors.ts';
import * as definitionErrors from './definition-errors.ts';
import { MillraceError } from './millrace-error.ts';
import * as runErrors from './run-errors.ts';
import * as storeErrors from './store-errors.ts';
import * as valueErrors from './value-errors.ts';
import * as waitErrors from './wait-errors.ts';

/** A class of errors, with any constructor. */
export interface MillraceErrorClass {
  readonly name: string;
  readonly prototype: MillraceError;
}

/** The classes by their code, which is also their name. */
export const errorClasses: ReadonlyMap<string, MillraceErrorClass> = new Map(
  Object.entries({
    ...definitionErrors,
    ...valueErrors,
    ...runErrors,
    ...storeErrors,
    ...blobErrors,
    ...waitErrors,
    DurationError,
    ScheduleError,
  }),
);

// Code that catches an error asks with the class of its own copy of the package.
knownToCopies('MillraceError', MillraceError);
for (const [name, Class] of errorClasses) knownToCopies(name, Class);
