/**
 * Warns of a call with the idempotency key of a recorded run and other parameters. The caller gets the recorded run; the warning names the
 * parameters that differ.
 */
import type { Run } from '../runs/model.ts';
import { decodeValue, encodeValue, type FlowRunRecord } from '@millrace/kernel';
import { LogLevel } from '../context/logger.ts';
import type { FlowParameters } from './flow-parameters.ts';

/** Values are shown by their beginnings: they may be long, or secret. */
const SHOWN_MAX = 24;
const NAMED_MAX = 5;

/** Prints nothing when the run was recorded with these parameters, as one that this call has made. */
export async function warnOfOtherParameters(run: Run, recorded: FlowRunRecord, given: FlowParameters): Promise<void> {
  if (recorded.parameters === given.text) return;
  const { engine, definition } = run;
  const differing = await differencesOf(run, recorded, given).catch(() => []);
  if (differing.length === 0) return;
  const named = differing.slice(0, NAMED_MAX).join(', ');
  engine.print({
    level: LogLevel.warning,
    at: engine.clock.now(),
    subject: null,
    text:
      `The idempotencyKey '${recorded.idempotencyKey}' of flow '${definition.name}' belongs to run ${recorded.id}, which has other ` +
      `parameters: ${named}${differing.length > NAMED_MAX ? ', ...' : ''}. That run is what is given; another key makes another run.`,
  });
}

/** Rejects where one of them can't be read: the run says so itself when it needs them. */
async function differencesOf(run: Run, recorded: FlowRunRecord, given: FlowParameters): Promise<readonly string[]> {
  const { blobs } = run.engine.opened;
  const before = await blobs.fetch(recorded.parameters, { runId: recorded.id });
  const now = await blobs.fetch(given.text, { runId: run.id });
  return before === now ? [] : differences(before, now);
}

/** `n: 10 recorded, 20 given`, by name. */
function differences(before: string, now: string): readonly string[] {
  const [recorded, given] = [named(before), named(now)];
  return [...new Set([...recorded.keys(), ...given.keys()])].flatMap((name) => {
    const [there, here] = [recorded.get(name), given.get(name)];
    return there === here ? [] : [`${name}: ${shown(there)} recorded, ${shown(here)} given`];
  });
}

function named(text: string): ReadonlyMap<string, string> {
  const values = decodeValue(text);
  if (typeof values !== 'object' || values === null) return new Map([['parameters', text]]);
  return new Map(Object.entries(values).map(([name, value]) => [name, encodeValue(value, name)]));
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'nothing';
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}...`;
}
