/** Checks of the machine: the version of Node, a writable home folder, free disk space. */
import { thrownText } from '@millrace/kernel';
import { existsSync, mkdtempSync, rmdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesText } from '../output/bytes-text.ts';
import { type Check, failure, ok, warning } from './check.ts';

const testedMajor = 24;
const freeBytesMin = 100 * 1024 * 1024;
const freeBytesGood = 1024 * 1024 * 1024;

/** @param version such as `24.21.0` */
export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 22 || (major === 22 && minor < 13))
    return failure('Node', `${version} is too old`, 'Install Node 24, the tested one; 22.13 is the oldest that works.');
  if (major < testedMajor && !(major === 22 && minor >= 18))
    return warning('Node', `${version} can't load TypeScript by itself`, 'Install Node 24, or tsx beside your flows.');
  return ok('Node', version);
}

/** @param home the folder for Millrace's files */
export function checkHome(home: string): Check {
  const advice = 'Give this user the right to write there, or set MILLRACE_HOME to another folder.';
  const existing = nearestFolder(home);
  if (existsSync(home) && !statSync(home).isDirectory()) return failure('Home', `${home} is not a folder`, advice);
  try {
    rmdirSync(mkdtempSync(join(existing, '.millrace-doctor-')));
  } catch (error) {
    const problem = `${existing} can't be written (${codeOf(error)})`;
    return failure('Home', existing === home ? problem : `${home} can't be created: ${problem}`, advice);
  }
  return ok('Home', existing === home ? `${home} can be written` : `${home} is created by the first run`);
}

/** @param folder any folder on the disk to check */
export function checkDisk(folder: string): Check {
  const { bavail, bsize } = statfsSync(nearestFolder(folder));
  const free = bavail * bsize;
  const text = `${bytesText(free)} free`;
  if (free < freeBytesMin)
    return failure(
      'Disk',
      text,
      'Free some space: nothing can be recorded on a full disk. `millrace db prune --older-than 30d` deletes old runs.',
    );
  if (free < freeBytesGood) return warning('Disk', text, '`millrace db prune --older-than 30d` deletes old runs.');
  return ok('Disk', text);
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : thrownText(error);
}
