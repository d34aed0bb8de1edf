/** `flow-run cancel` and `flow-run resume` of all runs that match a filter: count, confirm, then change them one by one. */
import { createInterface } from 'node:readline/promises';
import {
  cancelled,
  cancelling,
  type FlowRunRecord,
  isMillraceError,
  isTerminal,
  type Ledger,
  StateType,
} from '@millrace/kernel';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { writeJson } from '../../output/write-json.ts';
import { matchingRuns, type RunFilterOptions } from '../../selection/run-filter.ts';
import { asksForOrphans } from '../../selection/state-filter.ts';
import { UsageError } from '../../arguments/usage-error.ts';
import { reopen } from './reopen.ts';

export interface MoveMany extends RunFilterOptions {
  /** Skips the confirmation. */
  readonly yes?: boolean;
  readonly reason?: string;
  /** After AmbiguousReplay: match equal calls in their recorded order. */
  readonly trustOrder?: boolean;
}

interface Move {
  readonly verb: 'Cancel' | 'Resume';
  /** Whether the move applies to the run. */
  readonly appliesTo: (run: FlowRunRecord) => boolean;
  readonly apply: (ledger: Ledger, run: FlowRunRecord) => Promise<void>;
}

/** Requests the cancellation of all unfinished runs that match; orphaned runs are cancelled at once. */
export function cancelMany(context: CommandContext, input: MoveMany): Promise<number> {
  const { terminal } = context;
  return moveAll(context, input, {
    verb: 'Cancel',
    appliesTo: ({ state }) => !isTerminal(state),
    async apply({ runs }, run) {
      const reason = input.reason ?? 'cancelled from the command line';
      const isRequested = run.state.type === StateType.Cancelling;
      if (isRequested && !(await runs.orphans([run])).has(run.id)) return;
      const state = isRequested ? cancelled(terminal.now(), reason) : cancelling(terminal.now(), reason);
      await runs.propose(run.id, { state, by: 'api' });
    },
  });
}

/** Reopens all failed, crashed and cancelled runs that match, for the processes that serve their flows. */
export async function resumeMany(context: CommandContext, input: MoveMany): Promise<number> {
  if (asksForOrphans(input.state))
    throw new UsageError(
      'Orphaned runs need no change to continue: start a process that serves their flow (millrace serve FILE), or resume one of them here (millrace flow-run resume ID FILE).',
    );
  return await moveAll(context, input, {
    verb: 'Resume',
    appliesTo: ({ state }) => isTerminal(state) && state.type !== StateType.Completed,
    apply: (ledger, run) => reopen(ledger, run, { now: context.terminal.now(), trustOrder: input.trustOrder === true }),
  });
}

async function moveAll(context: CommandContext, input: MoveMany, move: Move): Promise<number> {
  const { terminal, isJson } = context;
  const ledger = await context.ledger();
  const found = (await matchingRuns(ledger.runs, input, terminal.now())).filter(move.appliesTo);
  if (
    found.length > 0 &&
    input.yes !== true &&
    !(await isConfirmed(context, `${move.verb} ${found.length} flow runs?`))
  )
    return ExitCode.Failed;
  const moved: string[] = [];
  const refused: { readonly id: string; readonly message: string }[] = [];
  for (const run of found) {
    try {
      await move.apply(ledger, run);
      moved.push(run.id);
    } catch (error) {
      // The run has changed since it was listed.
      if (!isMillraceError(error)) throw error;
      refused.push({ id: run.id, message: error.message });
    }
  }
  if (isJson) writeJson(terminal, { moved, refused });
  else {
    terminal.out.write(`${doneText[move.verb]} ${moved.length} flow runs.\n`);
    for (const { id, message } of refused) terminal.err.write(`${id}: ${message}\n`);
  }
  return refused.length === 0 ? ExitCode.Ok : ExitCode.Failed;
}

const doneText = {
  Cancel: 'Cancellation requested:',
  Resume: 'Reopened for the processes that serve their flows:',
} as const;

async function isConfirmed({ terminal, isJson }: CommandContext, question: string): Promise<boolean> {
  if (isJson || !terminal.out.isTty || process.stdin.isTTY !== true)
    throw new UsageError(`${question} Nothing was done: --yes skips this question.`);
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
