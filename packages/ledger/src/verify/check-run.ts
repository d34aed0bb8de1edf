/** Checks the invariants of one run alone, flow or task: its history, its counts and its times. */
import { type FlowRunRecord, isTerminal, isTerminalType, StateType, type TaskRunRecord } from '@millrace/kernel';
import type { Finding } from './finding.ts';
import { isLegal } from './legal-transitions.ts';

type Run = FlowRunRecord | TaskRunRecord;

const types: ReadonlySet<string> = new Set(Object.values(StateType));

/**
 * I2 and I4: each state follows from the one before. I6: nothing before its time. I13: each state is one.
 *
 * States that a client reports are facts: they followed each other as they did, and so did their times.
 */
export function checkRun(run: Run): Finding[] {
  return isReported(run) ? checkTypes(run) : [...checkTypes(run), ...checkHistory(run), ...checkTimes(run)];
}

function isReported(run: Run): boolean {
  return run.kind !== 'flow' && run.dynamicKey !== null;
}

function checkTypes(run: Run): Finding[] {
  const unknown = [...run.history, run.state].filter(({ type }) => !types.has(type));
  return unknown.map(({ type }) => ({
    invariant: 'I13',
    runId: run.id,
    message: `'${type}' is the type of no state`,
  }));
}

function checkHistory(run: Run): Finding[] {
  const kind = 'flowName' in run ? 'flow' : 'task';
  const findings: Finding[] = [];
  const states = [...run.history, run.state];
  for (const [index, state] of states.entries()) {
    const previous = states[index - 1];
    if (previous === undefined || !types.has(previous.type) || !types.has(state.type)) continue;
    if (state.details?.forced === true || isLegal(kind, previous.type, state.type)) continue;
    const invariant = isTerminalType(previous.type) ? 'I4' : 'I2';
    findings.push({ invariant, runId: run.id, message: `${kind} run went from ${previous.type} to ${state.type}` });
  }
  return findings;
}

function checkTimes(run: Run): Finding[] {
  const wrong: string[] = [];
  const { startAt, endAt, runCount, state } = run;
  if (isTerminal(state) !== (endAt !== null)) wrong.push(`it is ${state.type} and its end is ${endAt}`);
  if (startAt !== null && endAt !== null && endAt < startAt) wrong.push('it ended before it started');
  if (state.type === StateType.Running && (runCount < 1 || startAt === null)) wrong.push('it runs and never started');
  if (run.runTimeMs < 0) wrong.push(`its run time is ${run.runTimeMs} ms`);
  return wrong.map((message) => ({ invariant: 'I6', runId: run.id, message }));
}
