/** A tidy rule: a pure function from one read file to findings. Rules never read the disk, so each is tested on a string. */
import type ts from 'typescript';

/** Which part of the repository a file belongs to; the rules differ by it. */
export type FileRole = 'source' | 'test' | 'tool' | 'program' | 'text';

/** One file of the repository as the rules see it. */
export interface TidyFile {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly role: FileRole;
  /** Folder name of the package, such as `kernel`; undefined outside packages. */
  readonly packageName: string | undefined;
  /** The syntax tree; undefined for files that are not TypeScript or JavaScript. */
  readonly tree: ts.SourceFile | undefined;
}

/** One broken rule at one place. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  /** Line number, from 1. */
  readonly line: number;
  readonly message: string;
  /** The way out, as a sentence. */
  readonly fix: string;
}

/** A rule of the house. `summary` is the sentence that CONTRIBUTING could print. */
export interface Rule {
  readonly name: string;
  readonly summary: string;
  check(file: TidyFile): readonly Finding[];
}

/** Line number (from 1) of a position in a file's text. */
export function lineOf(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < position; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
