/** `millrace db verify`: holds every record to the rules that the tests hold the ledger to. Nothing is changed. */
import { type Finding, type Verification, verifyWithCounts } from '@millrace/ledger/verify';
import { ConfigurationError } from '@millrace/kernel';
import { readSettings } from '@millrace/local';
import { lookAtStore } from '@millrace/store';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { writeTable } from '../../output/table.ts';
import { oneLine } from '../../output/text-width.ts';
import { writeJson } from '../../output/write-json.ts';
import { storedAt } from '../../environment/stored-at.ts';
import { withStore } from '../../context/with-store.ts';

/** Opening it would make it, or change it. */
async function requireReady({ environment }: CommandContext): Promise<void> {
  const status = await lookAtStore(readSettings(environment).databaseUrl);
  if (status === 'ready') return;
  const location = storedAt(environment);
  throw new ConfigurationError(
    status === 'absent'
      ? `There is no database at ${location} yet: the first run makes it.`
      : `The database at ${location} is an older version's. Bring it up to date first: \`millrace db migrate\`.`,
    { location },
  );
}

const progressEveryMs = 3_000;

/** A line every few seconds on standard error: a short look says nothing on its way. */
function progressOn({ terminal }: CommandContext): (counts: Verification['counts']) => void {
  let toldAt = terminal.now();
  return ({ flowRuns, taskRuns }) => {
    if (terminal.now() - toldAt < progressEveryMs) return;
    toldAt = terminal.now();
    terminal.err.write(`Looked at ${flowRuns} flow runs and ${taskRuns} task runs so far.\n`);
  };
}

export async function verifyDatabase(context: CommandContext): Promise<number> {
  const { terminal, isJson } = context;
  await requireReady(context);
  const { findings, counts, complete, location } = await withStore(
    context,
    async (store) => {
      const onProgress = progressOn(context);
      return { ...(await verifyWithCounts(store, { onProgress })), location: store.location };
    },
    { access: 'read' },
  );
  const looked = `${counts.flowRuns} flow runs and ${counts.taskRuns} task runs`;
  if (isJson) writeJson(terminal, { location, counts, complete, findings });
  else if (findings.length === 0) terminal.out.write(`${location}: every record holds to the rules (${looked}).\n`);
  else {
    terminal.out.write(`${location}: ${complete ? '' : 'at least '}${findings.length} findings in ${looked}.\n`);
    writeTable(
      terminal.out,
      [
        { title: 'RULE', cell: (one: Finding) => one.invariant },
        { title: 'RUN', cell: (one) => one.runId ?? '' },
        { title: 'WHAT', cell: (one) => oneLine(one.message), isFlexible: true },
      ],
      findings,
    );
    terminal.err.write(
      'Keep a copy of the database and report this: it should not happen. `millrace flow-run delete ID` removes a run.\n',
    );
  }
  return findings.length === 0 ? ExitCode.Ok : ExitCode.Failed;
}
