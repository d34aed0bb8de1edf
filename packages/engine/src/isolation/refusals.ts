/**
 * What an isolated body can't do, said so that the way out is plain.
 */
import { ConfigurationError } from '@millrace/kernel';

/** Outermost runs belong to no scope: only a process that stays can hold them. */
export function refuseOutermost(name: string): ConfigurationError {
  return new ConfigurationError(
    `'${name}' can't be started on its own (start, resume, rerun, serve) by a task that runs isolated: call it there, or start it from the flow.`,
  );
}
