/**
 * `node tools/pack/check.ts`: checks the tarballs in `dist/` as a user would meet them. publint and attw check each one; then all
 * that `npm install millrace` would bring is installed into an empty project, weighed, and imported.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkColdStart } from './cold-start.ts';
import { npm } from './npm.ts';
import { publishedWorkspaces, ROOT, readManifest, tarballName, type Workspace } from './workspaces.ts';

const INSTALLED_BYTES_MAX = 30_000_000;
const INSTALLED_PACKAGES_MAX = 40;
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];

const workspaces = publishedWorkspaces();
const findings = [...workspaces.flatMap(check), ...weigh(workspaces)];
for (const finding of findings) process.stdout.write(`${finding}\n`);
process.stdout.write(`pack: ${workspaces.length} tarballs, ${findings.length} findings\n`);
process.exitCode = findings.length === 0 ? 0 : 1;

function check({ manifest }: Workspace): readonly string[] {
  const tarball = join(ROOT, 'dist', tarballName(manifest));
  if (!existsSync(tarball)) return [`${manifest.name} [pack] no tarball in dist/. Run npm run pack.`];
  const strict = run('publint', ['publint/src/cli.js', tarball, '--strict']);
  const types = run('attw', ['@arethetypeswrong/cli/dist/index.js', tarball, '--profile', 'esm-only', '--no-emoji']);
  return [...strict, ...types].map((output) => `${manifest.name} ${output}`);
}

function run(name: string, [program = '', ...args]: readonly string[]): readonly string[] {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return [];
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return [`[${name}] ${stdout}${stderr}`];
  }
}

/** The cost of `npm install millrace`: the umbrella package and all that it depends on, from the tarballs. */
function weigh(all: readonly Workspace[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-size-'));
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
    const tarballs = closureOf('millrace', all).map((name) => join(ROOT, 'dist', tarballName(name.manifest)));
    npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], folder);
    return [...checkWeight(folder), ...checkColdStart(folder)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function closureOf(name: string, all: readonly Workspace[]): readonly Workspace[] {
  const found = new Set<Workspace>();
  const visit = (wanted: string): void => {
    const workspace = all.find(({ manifest }) => manifest.name === wanted);
    if (workspace === undefined || found.has(workspace)) return;
    found.add(workspace);
    Object.keys(workspace.manifest.dependencies ?? {}).forEach(visit);
  };
  visit(name);
  return [...found];
}

function checkWeight(folder: string): readonly string[] {
  const options = { cwd: join(folder, 'node_modules'), withFileTypes: true } as const;
  const files = globSync('**/*', options).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  const installed = Object.keys(lock.packages).filter((path) => existsSync(join(folder, path)) && path !== '');
  const scripted = installed.filter((path) => {
    const scripts = readManifest(join(folder, path, 'package.json')).scripts ?? {};
    return INSTALL_SCRIPTS.some((script) => script in scripts);
  });
  process.stdout.write(`npm install millrace: ${(bytes / 1e6).toFixed(1)} MB in ${installed.length} packages\n`);
  const findings: string[] = [];
  if (bytes > INSTALLED_BYTES_MAX)
    findings.push(`millrace [pack-size] ${bytes} bytes, at most ${INSTALLED_BYTES_MAX}. Drop a dependency.`);
  if (installed.length > INSTALLED_PACKAGES_MAX) {
    findings.push(
      `millrace [pack-count] ${installed.length} packages, at most ${INSTALLED_PACKAGES_MAX}. Drop a dependency.`,
    );
  }
  findings.push(
    ...scripted.map((path) => `${path} [install-script] runs a script when installed. Use a dependency that does not.`),
  );
  return findings;
}
