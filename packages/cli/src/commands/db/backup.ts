/** `millrace db backup`: a checked copy of the database and its large values, taken while others write. */
import { backupStore } from '@millrace/store';
import type { CommandContext } from '../../context/command-context.ts';
import { ExitCode } from '../../environment/exit-codes.ts';
import { bytesText } from '../../output/bytes-text.ts';
import { writeJson } from '../../output/write-json.ts';
import { withStore } from '../../context/with-store.ts';

export async function backupDatabase(context: CommandContext, input: { readonly folder: string }): Promise<number> {
  const backup = await withStore(context, (store) => backupStore(store, { folder: input.folder }));
  const { terminal, isJson } = context;
  const { file, bytes, blobs, blobsElsewhere, blobsLost } = backup;
  if (isJson) writeJson(terminal, backup);
  else {
    terminal.out.write(`${file}  ${bytesText(bytes)}${blobs === 0 ? '' : `, and ${blobs} large values beside it`}\n`);
    if (blobsElsewhere > 0)
      terminal.err.write(`${blobsElsewhere} large values are in another storage: back them up where they are.\n`);
    for (const { reference, reason } of blobsLost)
      terminal.err.write(`A large value was gone already: ${reference} (${reason})\n`);
  }
  return blobsLost.length === 0 ? ExitCode.Ok : ExitCode.Failed;
}
