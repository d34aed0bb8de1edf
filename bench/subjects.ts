/**
 * The subjects: Millrace on each store, the bare drivers, and the peers, each case in a fresh process with a fresh
 * database. A peer whose server isn't there, or that can't be installed, is left out and said so.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { CaseName, Measured } from './case.ts';

export type Figure = Measured | { readonly error: string };

export interface SubjectPlan {
  readonly name: string;
  run(name: CaseName): Promise<Figure>;
}

const POSTGRES = process.env.MILLRACE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const SCHEMA = 'millrace_bench';
const PEER_DATABASE = 'millrace_bench_peer';
const CASE_LIMIT_MS = 300_000;

export async function availableSubjects(options: { readonly withPeers: boolean }): Promise<readonly SubjectPlan[]> {
  const subjects = [
    program('millrace sqlite', 'cases/millrace.ts', {}),
    program('raw sqlite', 'cases/raw.ts', {}),
    program('millrace sqlite, process', 'cases/millrace.ts', { MILLRACE_DURABILITY: 'process' }),
  ];
  const hasPostgres = await answers(POSTGRES);
  if (hasPostgres) {
    const url = `${POSTGRES}?schema=${SCHEMA}`;
    subjects.push(program('millrace postgres', 'cases/millrace.ts', { MILLRACE_DATABASE_URL: url }));
    subjects.push(program('raw postgres', 'cases/raw.ts', { MILLRACE_DATABASE_URL: url }));
  }
  if (!options.withPeers) return subjects;
  if (hasPostgres && installed('dbos')) {
    const peer = POSTGRES.replace(/\/[^/]*$/, `/${PEER_DATABASE}`);
    subjects.push(program('dbos postgres', 'peers/dbos/case.mjs', { PEER_DATABASE_URL: peer }));
  }
  if (installed('openworkflow')) subjects.push(program('openworkflow sqlite', 'peers/openworkflow/case.mjs', {}));
  if ((await listens(6379)) && installed('bullmq')) subjects.push(program('bullmq redis', 'peers/bullmq/case.mjs', {}));
  return subjects;
}

function program(name: string, file: string, environment: Readonly<Record<string, string>>): SubjectPlan {
  return {
    name,
    async run(caseName) {
      const home = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
      if (name.includes('postgres')) await emptyPostgres();
      try {
        return await runProgram([join(import.meta.dirname, file), caseName], {
          MILLRACE_HOME: home,
          PEER_FILE: join(home, 'peer.db'),
          ...environment,
        });
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    },
  };
}

/** Runs a program that prints its figure as its last line of JSON. */
export function runProgram(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Figure> {
  const flags = ['--disable-warning=ExperimentalWarning'];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...flags, ...args],
      { env: { ...process.env, ...environment }, timeout: CASE_LIMIT_MS, maxBuffer: 64 * 1_024 * 1_024 },
      (error, stdout, stderr) => {
        const line = stdout.trim().split('\n').at(-1) ?? '';
        if (line.startsWith('{')) resolve(JSON.parse(line) as Measured);
        else resolve({ error: (stderr.trim() || error?.message || 'told nothing').slice(-300) });
      },
    );
  });
}

async function emptyPostgres(): Promise<void> {
  const client = new pg.Client(POSTGRES);
  await client.connect();
  client.on('notice', () => {});
  await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await client.query('DROP TABLE IF EXISTS millrace_bench_raw');
  await client.query(`DROP DATABASE IF EXISTS ${PEER_DATABASE} WITH (FORCE)`);
  await client.end();
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  return await client
    .connect()
    .then(() => client.end())
    .then(
      () => true,
      () => false,
    );
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Peers are no part of the repository's lockfile: each is installed beside its program when it is first measured. */
function installed(peer: string): boolean {
  const folder = join(import.meta.dirname, 'peers', peer);
  if (existsSync(join(folder, 'node_modules'))) return true;
  process.stderr.write(`installing ${peer}\n`);
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) process.stderr.write(`${peer} is left out: ${stderr.slice(-300)}\n`);
  return status === 0;
}
