/**
 * Errors of runs that their own code did not throw: a failed upstream, a crash, a cancellation, a timeout, an ambiguous replay and others.
 */
import { isError } from './builtin-errors.ts';
import { describeValue } from './describe-value.ts';
import { MillraceError } from './millrace-error.ts';
import { thrownText } from './thrown-text.ts';

/** More would make the record of one failure larger than those of the runs. */
const RUNS_NAMED_MAX = 100;

/** Of an error's message within another's. */
const CAUSE_LENGTH_MAX = 500;

interface AboutRun {
  readonly runId?: string;
  readonly runName?: string;
}

/** A run that could not start because one it depends on failed; `cause` is that one's error. */
export class UpstreamError extends MillraceError {
  constructor(about: { readonly runId: string; readonly runName: string; readonly cause: unknown }) {
    super(
      'UpstreamError',
      `Upstream run '${about.runName}' did not complete: ${causeText(about.cause)}. allowFailure(future) hands a failure on as data.`,
      {
        details: { runId: about.runId, runName: about.runName },
        cause: about.cause,
      },
    );
  }
}

function causeText(cause: unknown): string {
  const text = thrownText(cause);
  return text.length <= CAUSE_LENGTH_MAX ? text : `${text.slice(0, CAUSE_LENGTH_MAX)}...`;
}

function messageText(error: unknown): string {
  return isError(error) ? error.message : describeValue(error);
}

/** A failed run whose result was never awaited. */
export interface UnobservedRun {
  readonly id: string;
  readonly name: string;
  /** The thrown error. */
  readonly error: unknown;
}

/** Runs failed and their results were never awaited. `details.runs` names them; `cause` is the first error. */
export class UnobservedFailure extends MillraceError {
  constructor(about: { readonly runName: string; readonly runs: readonly UnobservedRun[]; readonly cause: unknown }) {
    const runs = about.runs
      .slice(0, RUNS_NAMED_MAX)
      .map(({ id, name, error }) => ({ id, name, message: messageText(error).slice(0, 300) }));
    const shown = runs.slice(0, 5).map(({ name, message }) => `'${name}' (${message})`);
    const more = about.runs.length > 5 ? ` and ${about.runs.length - 5} more` : '';
    super(
      'UnobservedFailure',
      `${about.runs.length === 1 ? 'A run' : `${about.runs.length} runs`} that '${about.runName}' started failed unobserved: ${shown.join(', ')}${more}. Await them, or set unobserved: 'ignore'.`,
      { details: { runs }, cause: about.cause },
    );
  }
}

/** Another process holds the run: what this one writes is refused. Outside any flow: it took this process for dead. */
export class StaleExecution extends MillraceError {
  constructor(
    about:
      | { readonly flowRunId: string; readonly token: number }
      | { readonly taskRunId: string; readonly sessionId: string },
  ) {
    const [what, why] =
      'flowRunId' in about
        ? [`flow run ${about.flowRunId} (its token ${about.token} is old)`, 'another process took it up']
        : [
            `task run ${about.taskRunId}`,
            'it gave no sign of life for too long, and another process ended it as Crashed',
          ];
    super('StaleExecution', `This process no longer holds ${what}: ${why}. Nothing more of it is written here.`, {
      details: about,
    });
  }
}

/** Runs that wait for each other. `details.cycle` names them in order. */
export class WaitCycleError extends MillraceError {
  constructor(about: { readonly cycle: readonly string[] }) {
    super(
      'WaitCycleError',
      `These runs wait for each other and would never end: ${about.cycle.join(' -> ')}. Break the circle: let one of them return before it awaits the other.`,
      { details: about },
    );
  }
}

/** A body took longer than its `timeout`. */
export class RunTimedOut extends MillraceError {
  constructor(about: AboutRun & { readonly timeoutMs: number }) {
    super(
      'RunTimedOut',
      `'${about.runName ?? 'A run'}' took longer than its timeout of ${about.timeoutMs} ms. Raise the timeout, or find what it waits for.`,
      { details: { ...about } },
    );
  }
}

/** A run was cancelled, or belongs to one that has ended. */
export class RunCancelled extends MillraceError {
  constructor(about: AboutRun & { readonly reason: string }) {
    super('RunCancelled', `'${about.runName ?? 'A run'}' was cancelled: ${about.reason}.`, { details: { ...about } });
  }
}

/** An outermost call in a process that is ending: it begins nothing more. */
export class ProcessStopping extends MillraceError {
  constructor(about: { readonly reason: string }) {
    super(
      'ProcessStopping',
      `This process is stopping (${about.reason}) and begins no new run. Start the run in the next process.`,
      { details: about },
    );
  }
}

/** A run's process died, or its worker did. */
export class RunCrashed extends MillraceError {
  constructor(about: AboutRun & { readonly message: string; readonly cause?: unknown }) {
    super('RunCrashed', about.message, {
      details: { runId: about.runId, runName: about.runName },
      ...('cause' in about ? { cause: about.cause } : {}),
    });
  }
}

/** A run failed and its own error can't be had any more. */
export class RunFailed extends MillraceError {
  constructor(about: AboutRun & { readonly message: string }) {
    super('RunFailed', about.message, { details: { runId: about.runId, runName: about.runName } });
  }
}

/** A recorded call that a replay can't tell from others. */
export interface AmbiguousCall {
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

/**
 * A body that was called again made a call of which several calls of an earlier execution could be the record: equal ones side by side in
 * branches. `details.calls` names the candidates (at most 100). The run fails rather than give one call another's value.
 */
export class AmbiguousReplay extends MillraceError {
  constructor(about: {
    readonly flowRunId: string;
    readonly flowRunName: string;
    readonly taskName: string;
    readonly kind: string;
    readonly calls: readonly AmbiguousCall[];
  }) {
    const { kind, taskName, flowRunId, flowRunName } = about;
    super(
      'AmbiguousReplay',
      `Flow run '${flowRunName}' called ${kind} '${taskName}' again, and which of ${about.calls.length} recorded can't be told: equal calls in branches may come in another order. Give each call a key, { key }, and rerun the flow run; or accept the recorded order: resume('${flowRunId}', { trustOrder: true }), millrace flow-run resume ${flowRunId} --trust-order.`,
      { details: { ...about, calls: about.calls.slice(0, RUNS_NAMED_MAX) } },
    );
  }
}

/** A run that is paused or suspended has no result yet. */
export class RunPaused extends MillraceError {
  constructor(about: { readonly runId: string; readonly runName: string }) {
    super(
      'RunPaused',
      `Run '${about.runName}' is paused and has no result yet. Resume it: millrace flow-run resume ${about.runId}`,
      { details: about },
    );
  }
}

/** No run of this id. */
export class RunNotFound extends MillraceError {
  constructor(about: { readonly runId: string }) {
    super(
      'RunNotFound',
      `There is no run ${JSON.stringify(about.runId)} in this database. \`millrace flow-run ls\` and \`millrace task-run ls\` list what there is.`,
      { details: about },
    );
  }
}

/** A live process holds the run. */
export class RunHeld extends MillraceError {
  constructor(about: { readonly runId: string; readonly runName: string; readonly holder: string }) {
    super(
      'RunHeld',
      `Run '${about.runName}' is held by a live process (${about.holder}). Cancel it first, or wait until it has ended.`,
      { details: about },
    );
  }
}

/** A value that was not persisted is asked for after its run has ended. */
export class MissingResult extends MillraceError {
  constructor(about: { readonly runId: string; readonly runName: string }) {
    super(
      'MissingResult',
      `The result of '${about.runName}' was not persisted (persistResult: false). Run it again to have it.`,
      { details: about },
    );
  }
}

/**
 * A rollback hook failed: what its task did outside of Millrace may still be there. `cause` is the hook's error,
 * `details.reason` says in a sentence why there was something to undo.
 */
export class RollbackError extends MillraceError {
  constructor(about: {
    readonly runId: string;
    readonly runName: string;
    readonly reason: string;
    readonly cause: unknown;
  }) {
    super(
      'RollbackError',
      `A rollback hook of '${about.runName}' failed, so what it did may still stand. Undo it by hand; the cause says what went wrong. The transaction was rolled back for: ${about.reason}`,
      {
        details: { runId: about.runId, runName: about.runName, reason: about.reason },
        cause: about.cause,
      },
    );
  }
}

/**
 * Throw it to say that no retry helps.
 *
 * @example
 * if (response.status === 404) throw new NonRetryable('There is no such page.');
 */
export class NonRetryable extends MillraceError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('NonRetryable', message, options);
  }
}
