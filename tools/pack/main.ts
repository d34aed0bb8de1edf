/**
 * `npm run pack`: builds every package from clean and leaves one tarball of each in `dist/` at the root, as it would be published.
 * A package is staged first, so that the tarball holds the compiled files and the published package.json and nothing else.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deadLinksIn } from './dead-links.ts';
import { publishedManifest } from './manifest.ts';
import { npm } from './npm.ts';
import { publishedWorkspaces, ROOT, tarballName, type Workspace } from './workspaces.ts';

const TARGET = join(ROOT, 'dist');
const STAGING = join(TARGET, 'staging');

const workspaces = publishedWorkspaces();
buildFromClean(workspaces);
rmSync(TARGET, { recursive: true, force: true });
for (const workspace of workspaces) {
  const folder = stage(workspace);
  npm(['pack', '--silent', '--pack-destination', TARGET], folder);
  const file = tarballName(workspace.manifest);
  process.stdout.write(`dist/${file} ${Math.ceil(statSync(join(TARGET, file)).size / 1024)} kB\n`);
}
rmSync(STAGING, { recursive: true, force: true });
process.stdout.write('To use them in a project: npm install <this folder>/dist/*.tgz\n');

function buildFromClean(all: readonly Workspace[]): void {
  for (const { folder } of all) rmSync(join(ROOT, folder, 'dist'), { recursive: true, force: true });
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' });
}

function stage({ folder, manifest }: Workspace): string {
  const from = join(ROOT, folder);
  const to = join(STAGING, manifest.name.replaceAll('/', '-'));
  mkdirSync(to, { recursive: true });
  // Maps of the declarations would point to sources that are not there; those of the code carry their sources.
  cpSync(join(from, 'dist'), join(to, 'dist'), {
    recursive: true,
    filter: (path) => !path.endsWith('.tsbuildinfo') && !path.endsWith('.d.ts.map'),
  });
  for (const path of globSync('dist/**/*.d.ts', { cwd: to })) {
    const file = join(to, path);
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'));
  }
  if (existsSync(join(from, 'bin'))) cpSync(join(from, 'bin'), join(to, 'bin'), { recursive: true });
  if (manifest.files?.includes('docs') === true) cpSync(join(ROOT, 'docs'), join(to, 'docs'), { recursive: true });
  cpSync(join(from, 'README.md'), join(to, 'README.md'));
  const dead = deadLinksIn(to, readFileSync(join(to, 'README.md'), 'utf8'));
  if (dead.length > 0)
    throw new Error(`The README of ${manifest.name} links to what is not in its package: ${dead.join(', ')}.`);
  cpSync(join(ROOT, 'LICENSE'), join(to, 'LICENSE'));
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
  return to;
}
