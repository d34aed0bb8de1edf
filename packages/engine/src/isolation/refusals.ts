/**
 * Errors for calls that an isolated body can't make.
 */
import { ConfigurationError } from '@millrace/kernel';

/** Outermost runs belong to no scope, so they need a process that stays. */
export function refuseOutermost(name: string): ConfigurationError {
  return new ConfigurationError(
    `'${name}' can't be started on its own (start, resume, rerun, serve) by a task that runs isolated: call it there, or start it from the flow.`,
  );
}
