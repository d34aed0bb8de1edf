/**
 * Finds the files that tidy looks at: what git tracks or would track. Sorts them into roles by their path and parses the code.
 * Generated folders, fixtures and the lockfile's like are left out by git's own ignore list or below.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { FileRole, TidyFile } from './rule.ts';

const CODE = /\.(?:ts|mts|tsx|js|mjs)$/;
const TEXT = /\.(?:ts|mts|tsx|js|mjs|json|md|yml|yaml|sql|sh)$|^\.ci\//;

/** Reads every file of the repository at `root` that a rule may look at. */
export function readFiles(root: string): readonly TidyFile[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((path) => TEXT.test(path) && !path.includes('/fixtures/') && existsSync(join(root, path)))
    .map((path) => toTidyFile(path, readFileSync(join(root, path), 'utf8')));
}

/** Builds the rules' view of a file from its path and text. */
export function toTidyFile(path: string, text: string): TidyFile {
  return {
    path,
    text,
    role: roleOf(path),
    packageName: /^(?:packages|integrations)\/([^/]+)\//.exec(path)?.[1],
    tree: CODE.test(path) ? ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) : undefined,
  };
}

function roleOf(path: string): FileRole {
  if (!CODE.test(path)) return 'text';
  if (
    /\.(?:test|test-d|bench)\.m?[jt]s$/.test(path) ||
    path.startsWith('tests/') ||
    /\/(?:conformance|regression)\//.test(path)
  )
    return 'test';
  if (/^(?:packages|integrations)\/[^/]+\/(?:src|bin)\//.test(path)) return 'source';
  if (/^(?:tools|scripts)\//.test(path) || !path.includes('/')) return 'tool';
  return 'program';
}
