/** The repository works on any machine and installs from any registry: no file names a place that exists on one machine only. */
import { lineOf, type Rule } from '../rule.ts';

const HOME_FOLDERS = ['work', 'opt', 'root', 'home', 'tmp', 'Users'];
const MACHINE_PATH = new RegExp(String.raw`(?<=^|[\s'"\`(=:])\/(?:${HOME_FOLDERS.join('|')})\/[A-Za-z]`, 'g');

/** No absolute path of one machine. */
export const machinePaths: Rule = {
  name: 'machine-path',
  summary: 'No absolute paths of one machine.',
  check({ path, text }) {
    if (path === 'package-lock.json' || path.startsWith('tools/tidy/')) return [];
    return [...text.matchAll(MACHINE_PATH)].map((match) => ({
      rule: 'machine-path',
      file: path,
      line: lineOf(text, match.index),
      message: `a path of one machine: ${text.slice(match.index, match.index + 30).split(/[\s'"`]/)[0]}`,
      fix: 'Use a relative path, os.tmpdir(), or a made-up path such as /data/app.',
    }));
  },
};

/** The lockfile names no registry, so that each user's own is used. */
export const lockfileHosts: Rule = {
  name: 'lockfile-host',
  summary: 'The lockfile names no registry host.',
  check({ path, text }) {
    if (!path.endsWith('package-lock.json')) return [];
    return [...text.matchAll(/"resolved": "https?:[^"]*"/g)].slice(0, 3).map((match) => ({
      rule: 'lockfile-host',
      file: path,
      line: lineOf(text, match.index),
      message: 'a registry host in the lockfile',
      fix: 'Run npm install again with omit-lockfile-registry-resolved=true, as .npmrc has it.',
    }));
  },
};
