/**
 * `npm run try-packs`: installs the tarballs of `dist/` into an empty project and uses them there as a user would: under node as
 * JavaScript and as TypeScript, under tsx, in a vitest and a jest test, bundled into one file, type-checked by the oldest and the newest compiler that we promise,
 * and the seed example. Nothing of the repository is reachable from that project but the tarballs.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from './npm.ts';
import { ROOT } from './workspaces.ts';

const TOOLS = [
  'typescript@~5.9.0',
  'typescript-newest@npm:typescript@^7.0.2',
  'tsx@^4',
  'vitest@~5.1.1',
  'jest@^30.5.2',
  'esbuild@~0.28.2',
  '@types/node@^24',
];
const PROJECT = join(ROOT, 'tools/pack/fixtures/project');
const SEED = join(ROOT, 'examples/seed');

/** One way of using the packs; the arguments are for Node, in the project. */
interface Use {
  readonly title: string;
  readonly args: readonly string[];
  /** Text that the output must have. */
  readonly prints?: RegExp;
}

const USES: readonly Use[] = [
  { title: 'JavaScript under node', args: ['plain.mjs'], prints: /^12$/m },
  { title: 'TypeScript under node', args: ['program.ts'], prints: /^12$/m },
  { title: 'TypeScript under tsx', args: ['node_modules/tsx/dist/cli.mjs', 'program.ts'], prints: /^12$/m },
  { title: 'vitest', args: ['node_modules/vitest/vitest.mjs', 'run', 'program.test.ts'], prints: /passed/ },
  {
    title: 'jest',
    args: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--json', '--testMatch', '**/*.jest.mjs'],
    prints: /"numPassedTests":1/,
  },
  { title: 'esbuild, one file', args: ['bundle.mjs'], prints: /cjs .*12[\s\S]*esm .*12/ },
  { title: 'types, TypeScript 5.9', args: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { title: 'types, TypeScript 7', args: ['node_modules/typescript-newest/bin/tsc', '-p', '.'] },
  { title: 'the command', args: ['node_modules/millrace/bin/millrace.js', 'version'], prints: /\d+\.\d+\.\d+/ },
  ...seedUses(),
];

const tarballs = globSync('dist/*.tgz', { cwd: ROOT }).map((path) => join(ROOT, path));
if (tarballs.length === 0) throw new Error('There are no tarballs in dist/. Run npm run pack first.');
const project = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-project-')));
try {
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  npm(['install', '--no-audit', '--no-fund', ...tarballs, ...TOOLS], project);
  cpSync(PROJECT, project, { recursive: true });
  if (existsSync(SEED)) cpSync(SEED, join(project, 'seed'), { recursive: true });
  const failedCount = USES.filter((use) => !works(use)).length;
  process.stdout.write(`packs: ${USES.length - failedCount} uses work, ${failedCount} do not\n`);
  process.exitCode = failedCount === 0 ? 0 : 1;
} finally {
  rmSync(project, { recursive: true, force: true, maxRetries: 3 });
}

function seedUses(): readonly Use[] {
  const title = 'the seed example';
  return existsSync(join(SEED, 'seed.ts')) ? [{ title, args: ['seed/seed.ts'], prints: /1[\s\S]*2[\s\S]*3/ }] : [];
}

function works({ title, args, prints }: Use): boolean {
  const startedAt = performance.now();
  const { code, output } = runNode(args);
  const good = code === 0 && (prints === undefined || prints.test(output));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${good ? 'works ' : 'BROKEN'} ${title.padEnd(24)} ${seconds} s\n`);
  if (!good) process.stdout.write(`node ${args.join(' ')} ended with ${code}:\n${output}\n`);
  return good;
}

function runNode(args: readonly string[]): { readonly code: number; readonly output: string } {
  const env = { ...process.env, MILLRACE_HOME: join(project, '.millrace'), NODE_OPTIONS: '', NO_COLOR: '1' };
  try {
    const output = execFileSync(process.execPath, [...args], {
      cwd: project,
      env,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: 120_000,
    });
    return { code: 0, output };
  } catch (error) {
    const { status, stdout = '', stderr = '' } = error as { status?: number; stdout?: string; stderr?: string };
    return { code: status ?? 1, output: stdout + stderr };
  }
}
