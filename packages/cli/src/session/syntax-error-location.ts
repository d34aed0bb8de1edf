/** The location of a syntax error, which has no stack frame in the module itself. */
import { spawnSync } from 'node:child_process';

const headOfNode = /^(?:file:\/\/)?(.+?):(\d+)\n(?:[^\n]*\n){1,9}?( *)\^/;
const headOfEsbuild = /^(\S.*?):(\d+):(\d+): ERROR:/m;
const checkMs = 5_000;

/** Whether Node's loader threw the error while it parsed a module. */
export function isOfParser(error: unknown): error is SyntaxError {
  return (
    error instanceof SyntaxError &&
    /\n {4}at [^\n]*node:internal\/modules\/(?:esm|cjs|typescript)/.test(error.stack ?? '')
  );
}

/**
 * The location in the form of a stack frame, `path:line:column`; undefined if it is unknown.
 *
 * @param file the module that was loaded: for an error of V8's parser the location is read from `node --check`, because V8 does not expose it
 */
export function syntaxErrorLocation(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const location = locationIn(error.stack ?? '') ?? locationIn(error.message);
  if (location !== undefined || !isOfParser(error)) return location;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: checkMs });
  return locationIn(stderr);
}

function locationIn(text: string): string | undefined {
  const [, path, line, indent] = headOfNode.exec(text) ?? [];
  if (path !== undefined && line !== undefined) return `${path}:${line}:${(indent ?? '').length + 1}`;
  const [, source, row, column] = headOfEsbuild.exec(text) ?? [];
  return source === undefined ? undefined : `${source}:${row}:${Number(column) + 1}`;
}
