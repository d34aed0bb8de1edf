/**
 * Errors of waits that were given a limit.
 */
import { MillraceError } from './millrace-error.ts';

/** No slot came free in time. `details.heldBy` lists the holders. */
export class ConcurrencyTimeout extends MillraceError {
  constructor(about: { readonly limitName: string; readonly timeoutMs: number; readonly heldBy: readonly string[] }) {
    super('ConcurrencyTimeout', `No slot of '${about.limitName}' came free within ${about.timeoutMs} ms; held by ${about.heldBy.join(', ') || 'nobody that is known'}.`, {
      details: about,
    });
  }
}

/** No signal came in time. */
export class SignalTimeout extends MillraceError {
  constructor(about: { readonly signalName: string; readonly timeoutMs: number }) {
    super('SignalTimeout', `The signal '${about.signalName}' did not come within ${about.timeoutMs} ms.`, { details: about });
  }
}

/** Nobody resumed a paused run in time. */
export class PauseTimeout extends MillraceError {
  constructor(about: { readonly runName: string; readonly pauseKey: string; readonly timeoutMs: number }) {
    super('PauseTimeout', `Flow run '${about.runName}' was paused (key '${about.pauseKey}') and not resumed within ${about.timeoutMs} ms.`, { details: about });
  }
}
