/** `millrace db verify`: checks every record against the invariants that the tests check. Nothing is changed. */
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

/** Opening the database would create or migrate it, so only one that is up to date is opened. */
async function requireReady({ environment }: CommandContext): Promise<void> {
  const status = await lookAtStore(readSettings(environment).databaseUrl);
  if (status === 'ready') return;
  const location = storedAt(environment);
  throw new ConfigurationError(
    status === 'absent'
      ? `There is no database at ${location} yet: the first run creates it.`
      : `The database at ${location} is an older version's. Bring it up to date first: \`millrace db migrate\`.`,
    { location },
  );
}

const progressEveryMs = 3_000;

/** Writes a line to standard error every few seconds; a short check writes none. */
function progressOn({ terminal }: CommandContext): (counts: Verification['counts']) => void {
  let writtenAt = terminal.now();
  return ({ flowRuns, taskRuns }) => {
    if (terminal.now() - writtenAt < progressEveryMs) return;
    writtenAt = terminal.now();
    terminal.err.write(`Checked ${flowRuns} flow runs and ${taskRuns} task runs so far.\n`);
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
  else if (findings.length === 0) terminal.out.write(`${location}: every record keeps the rules (${looked}).\n`);
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
