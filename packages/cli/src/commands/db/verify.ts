/** `millrace db verify`: holds every record to the rules that the tests hold the ledger to. Nothing is changed. */
import { verifyStore } from '@millrace/ledger';
import type { CommandContext } from '../../command-context.ts';
import { ExitCode } from '../../exit-codes.ts';
import { writeTable } from '../../output/table.ts';
import { oneLine } from '../../output/text-width.ts';
import { writeJson } from '../../output/write-json.ts';
import { withStore } from '../../with-store.ts';

type Finding = Awaited<ReturnType<typeof verifyStore>>[number];

export async function verifyDatabase(context: CommandContext): Promise<number> {
  const { terminal, isJson } = context;
  const { findings, location } = await withStore(context, async (store) => ({
    findings: await verifyStore(store),
    location: store.location,
  }));
  if (isJson) writeJson(terminal, { location, findings });
  else if (findings.length === 0) terminal.out.write(`${location}: every record holds to the rules.\n`);
  else {
    terminal.out.write(`${location}: ${findings.length} records break a rule.\n`);
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
