/** A real PgBouncer in front of the test server, for as long as a test takes. Nothing is installed: without one its tests are skipped. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export type PoolMode = 'session' | 'transaction';

/** Whether the machine has one (`apt-get install pgbouncer`). */
export const hasPgBouncer: boolean = spawnSync('pgbouncer', ['--version']).status === 0;

export class PgBouncer implements AsyncDisposable {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, process: ChildProcess, folder: string) {
    this.port = port;
    this.#process = process;
    this.#folder = folder;
  }

  /** @param ignored startup parameters that it leaves out instead of refusing the connection */
  static async start(
    serverUrl: string,
    { mode, ignored }: { readonly mode: PoolMode; readonly ignored?: string },
  ): Promise<PgBouncer> {
    const server = new URL(serverUrl);
    const folder = mkdtempSync(join(tmpdir(), 'millrace-pgbouncer-'));
    const port = await freePort();
    writeFileSync(join(folder, 'users'), `"${server.username}" "${server.password}"\n`);
    const settings = [
      '[databases]',
      `* = host=${server.hostname} port=${server.port || '5432'}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = trust',
      `auth_file = ${join(folder, 'users')}`,
      `pool_mode = ${mode}`,
      // In transaction mode fewer connections than clients: each gets one that another has used.
      `default_pool_size = ${mode === 'transaction' ? 3 : 40}`,
      ...(ignored === undefined ? [] : [`ignore_startup_parameters = ${ignored}`]),
    ];
    writeFileSync(join(folder, 'settings'), `${settings.join('\n')}\n`);
    for (const [name, rights] of [
      ['', 0o755],
      ['users', 0o644],
      ['settings', 0o644],
    ] as const)
      chmodSync(join(folder, name), rights);
    // It does not run as root.
    const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn('pgbouncer', ['-q', ...asUser, join(folder, 'settings')], { stdio: 'ignore' });
    await answers(port);
    return new PgBouncer(port, child, folder);
  }

  /** The address of the same database through it. */
  through(url: string): string {
    const pooled = new URL(url);
    pooled.hostname = '127.0.0.1';
    pooled.port = String(this.port);
    return pooled.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connectTo(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (isThere) return;
    // sleep: between two tries to connect to a server that starts
    await wait(25);
  }
  throw new Error('PgBouncer did not start');
}
