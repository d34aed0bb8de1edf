/** Errors of waits and callbacks that exceeded their time limit, and of limits that do not exist. */
import { MillraceError } from './millrace-error.ts';

/** No slot came free in time. `details.heldBy` lists the holders. */
export class ConcurrencyTimeout extends MillraceError {
  constructor(about: { readonly limitName: string; readonly timeoutMs: number; readonly heldBy: readonly string[] }) {
    super(
      'ConcurrencyTimeout',
      `No slot of '${about.limitName}' came free within ${about.timeoutMs} ms; held by ${about.heldBy.join(', ') || 'an unknown run'}. Wait longer, or raise the limit.`,
      {
        details: about,
      },
    );
  }
}

/** A function of the user's that is no body did not settle in time. `details.what` says which. */
export class CallbackTimeout extends MillraceError {
  constructor(about: { readonly what: string; readonly timeoutMs: number }) {
    super(
      'CallbackTimeout',
      `${about.what} did not settle within ${about.timeoutMs} ms. Let it fail when its service does not answer, or raise MILLRACE_CALLBACK_TIMEOUT.`,
      { details: about },
    );
  }
}

/** A test awaits runs that only virtual time, or a call of its own, would move. `details.waits` names each with that call. */
export class VirtualTimeStalled extends MillraceError {
  constructor(about: { readonly waits: readonly string[] }) {
    super(
      'VirtualTimeStalled',
      `The test engine stands still, because virtual time moves by engine.advance() only: ${about.waits.join('; ')}.`,
      { details: about },
    );
  }
}

/** No limit of this name. */
export class LimitNotFound extends MillraceError {
  constructor(about: { readonly limitName: string }) {
    super(
      'LimitNotFound',
      `There is no concurrency limit '${about.limitName}'. \`millrace global-concurrency-limit ls\` lists what there is.`,
      { details: about },
    );
  }
}

/** No signal came in time. */
export class SignalTimeout extends MillraceError {
  constructor(about: { readonly signalName: string; readonly timeoutMs: number }) {
    super(
      'SignalTimeout',
      `The signal '${about.signalName}' did not come within ${about.timeoutMs} ms. Catch this error to go on without it, or wait longer.`,
      { details: about },
    );
  }
}

/** A paused run was not resumed in time. */
export class PauseTimeout extends MillraceError {
  constructor(about: { readonly runName: string; readonly pauseKey: string; readonly timeoutMs: number }) {
    super(
      'PauseTimeout',
      `Flow run '${about.runName}' was paused (key '${about.pauseKey}') and not resumed within ${about.timeoutMs} ms. Give the pause a longer timeout, or run the flow again.`,
      { details: about },
    );
  }
}
