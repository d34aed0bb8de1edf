/**
 * Finds a function's parameters in its text: arrows, functions, methods, generators and getters, async or not.
 */
import { commentEnd, skipToken, skipTrivia, UnreadableSource, wordEnd } from './source-scanner.ts';

/** The pattern of each parameter without comments and default; undefined when the text shows none: native, bound, a class. */
export function parameterPatterns(source: string): readonly string[] | undefined {
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source) || /^class\b/.test(source)) return undefined;
  try {
    return readPatterns(source);
  } catch (error) {
    if (error instanceof UnreadableSource) return undefined;
    throw error;
  }
}

function readPatterns(source: string): readonly string[] {
  let at = 0;
  let name = '';
  for (;;) {
    at = skipTrivia(source, at);
    if (at >= source.length) throw new UnreadableSource('no parameter list');
    if (source.charAt(at) === '(') return readList(source, at + 1);
    if (source.startsWith('=>', at)) return [name];
    const end = wordEnd(source, at);
    name = source.slice(at, end);
    at = end > at ? end : skipToken(source, at);
  }
}

function readList(source: string, from: number): readonly string[] {
  const patterns: string[] = [];
  let at = from;
  for (;;) {
    const parameter = readParameter(source, at);
    // Only a trailing comma leaves nothing behind it.
    if (parameter.pattern !== '') patterns.push(parameter.pattern);
    if (source.charAt(parameter.end) === ')') return patterns;
    at = parameter.end + 1;
  }
}

/** One parameter up to the comma or bracket behind it. */
function readParameter(source: string, from: number): { readonly pattern: string; readonly end: number } {
  let pattern = '';
  let inDefault = false;
  let at = from;
  while (at < source.length) {
    const character = source.charAt(at);
    if (character === ',' || character === ')') return { pattern: pattern.trim(), end: at };
    const end = commentEnd(source, at);
    if (end !== at) {
      at = end;
      continue;
    }
    // Before its default a parameter has no `=` but inside of brackets.
    if (character === '=') inDefault = true;
    const next = skipToken(source, at);
    if (!inDefault) pattern += withoutComments(source.slice(at, next));
    at = next;
  }
  throw new UnreadableSource('no end of the parameter list');
}

/** A destructuring without the comments in it; what is no destructuring stays as it is. */
function withoutComments(text: string): string {
  if (!/^[[{(]/.test(text) || !text.includes('/')) return text;
  let kept = text.charAt(0);
  let at = 1;
  while (at < text.length) {
    const end = commentEnd(text, at);
    if (end === at) {
      const next = at === text.length - 1 ? text.length : skipToken(text, at);
      kept += withoutComments(text.slice(at, next));
      at = next;
    } else at = end;
  }
  return kept;
}
