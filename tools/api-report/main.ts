/**
 * `npm run api`: writes the public shape of each package that users import to its `api.md`. With `--check`, as `npm run ci` does, it writes nothing and fails
 * when one is not as it was: a change of the public shape is meant, or it is a mistake.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedWorkspaces, ROOT } from '../pack/workspaces.ts';
import { describeShape, entryOf } from './public-shape.ts';

const checksOnly = process.argv.includes('--check');
/** The other packages are not imported by users; what they give to users is handed on by `millrace`. */
const workspaces = publishedWorkspaces().filter(
  ({ folder }) => folder === 'packages/millrace' || folder.startsWith('integrations/'),
);
if (workspaces.length === 0) throw new Error('There are no packages: nothing was checked.');

let changedCount = 0;
for (const { folder, manifest } of workspaces) {
  const path = join(ROOT, folder);
  const entries = Object.entries(manifest.exports ?? {}).flatMap(([key, target]) =>
    entryOf(path, key.replace('.', manifest.name), target),
  );
  if (entries.length === 0) continue;
  const report = describeShape({ name: manifest.name, root: ROOT, entries });
  const file = join(path, 'api.md');
  if (existsSync(file) && readFileSync(file, 'utf8') === report) continue;
  changedCount += 1;
  if (checksOnly) {
    process.stdout.write(
      `${folder}/api.md [api-report] is not the public shape as built. If it is meant, run npm run api.\n`,
    );
  } else writeFileSync(file, report);
}
process.stdout.write(
  `api-report: ${workspaces.length} packages, ${changedCount} ${checksOnly ? 'findings' : 'written'}\n`,
);
process.exitCode = checksOnly && changedCount > 0 ? 1 : 0;
