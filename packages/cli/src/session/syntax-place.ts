/** Where a module can't be parsed: such an error has no frame of the module's own. */
import { spawnSync } from 'node:child_process';

const headOfNode = /^(?:file:\/\/)?(.+?):(\d+)\n(?:[^\n]*\n){1,9}?( *)\^/;
const headOfEsbuild = /^(\S.*?):(\d+):(\d+): ERROR:/m;
const checkMs = 5_000;

/** Whether Node's loader refused the text of a module: no code of any module threw this. */
export function isOfParser(error: unknown): error is SyntaxError {
  return (
    error instanceof SyntaxError &&
    /\n {4}at [^\n]*node:internal\/modules\/(?:esm|cjs|typescript)/.test(error.stack ?? '')
  );
}

/**
 * The place as a frame of a stack has it: `path:line:column`; undefined where the error does not tell.
 *
 * @param file the module that was loaded: what V8 refuses in it is asked of Node once more, as V8 keeps the place to itself
 */
export function syntaxPlace(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const place = placeIn(error.stack ?? '') ?? placeIn(error.message);
  if (place !== undefined || !isOfParser(error)) return place;
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: checkMs });
  return placeIn(stderr);
}

function placeIn(text: string): string | undefined {
  const [, path, line, indent] = headOfNode.exec(text) ?? [];
  if (path !== undefined && line !== undefined) return `${path}:${line}:${(indent ?? '').length + 1}`;
  const [, source, row, column] = headOfEsbuild.exec(text) ?? [];
  return source === undefined ? undefined : `${source}:${row}:${Number(column) + 1}`;
}
