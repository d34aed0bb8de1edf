/** `flow-run cancel` and `flow-run resume` of all runs that match: shown how many, asked, and moved one after the other. */
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
  /** Asks nothing. */
  readonly yes?: boolean;
  readonly reason?: string;
  /** After AmbiguousReplay: the recorded order is right. */
  readonly trustOrder?: boolean;
}

interface Move {
  readonly verb: 'Cancel' | 'Resume';
  /** Whether the run can be moved so. */
  readonly concerns: (run: FlowRunRecord) => boolean;
  readonly carryOut: (ledger: Ledger, run: FlowRunRecord) => Promise<void>;
}

/** Asks the processes of all unfinished runs that match to stop them; those without a process are cancelled at once. */
export function cancelMany(context: CommandContext, input: MoveMany): Promise<number> {
  const { terminal } = context;
  return moveAll(context, input, {
    verb: 'Cancel',
    concerns: ({ state }) => !isTerminal(state),
    async carryOut({ runs }, run) {
      const reason = input.reason ?? 'cancelled from the command line';
      const isAsked = run.state.type === StateType.Cancelling;
      if (isAsked && !(await runs.orphans([run])).has(run.id)) return;
      const state = isAsked ? cancelled(terminal.now(), reason) : cancelling(terminal.now(), reason);
      await runs.propose(run.id, { state, by: 'api' });
    },
  });
}

/** Marks all failed, crashed and cancelled runs that match, so that processes which serve their flows take them up. */
export async function resumeMany(context: CommandContext, input: MoveMany): Promise<number> {
  if (asksForOrphans(input.state))
    throw new UsageError(
      'Runs without a process go on as they are, because nothing about them has to change: start a process that serves their flow (millrace serve FILE), or resume one of them here (millrace flow-run resume ID FILE).',
    );
  return await moveAll(context, input, {
    verb: 'Resume',
    concerns: ({ state }) => isTerminal(state) && state.type !== StateType.Completed,
    carryOut: (ledger, run) =>
      reopen(ledger, run, { now: context.terminal.now(), trustOrder: input.trustOrder === true }),
  });
}

async function moveAll(context: CommandContext, input: MoveMany, move: Move): Promise<number> {
  const { terminal, isJson } = context;
  const ledger = await context.ledger();
  const found = (await matchingRuns(ledger.runs, input, terminal.now())).filter(move.concerns);
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
      await move.carryOut(ledger, run);
      moved.push(run.id);
    } catch (error) {
      // It has moved on by itself meanwhile.
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
  Cancel: 'Asked to stop:',
  Resume: 'Marked to go on, for processes that serve their flows:',
} as const;

async function isConfirmed({ terminal, isJson }: CommandContext, question: string): Promise<boolean> {
  if (isJson || !terminal.out.isTty || process.stdin.isTTY !== true)
    throw new UsageError(`${question} Nothing was done: give --yes to do it without being asked.`);
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
