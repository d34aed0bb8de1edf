/**
 * Walks over JavaScript text without running it: past strings, templates, regular expressions, comments and brackets.
 *
 * Knows as much of the language as it takes to find the commas and the end of a parameter list. The text comes from
 * `Function.prototype.toString`, so it is valid JavaScript; when it isn't, `UnreadableSource` ends the walk.
 */

/** The text is not what the scanner took it for. Never leaves this folder. */
export class UnreadableSource extends Error {}

const space = /\s/;
const word = /[\p{ID_Continue}$\u200c\u200d]/u;
/** After these a slash begins a regular expression; after anything else it divides. */
const beforeExpression = new Set('(,=:[!&|?{};+-*%<>~^');
const keywordBeforeExpression =
  /(?:^|[^\p{ID_Continue}$.])(?:return|typeof|instanceof|in|of|new|delete|void|throw|case|do|else|await|yield)$/u;
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** After spaces and comments. */
export function skipTrivia(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && space.test(text.charAt(at))) at += 1;
    const end = commentEnd(text, at);
    if (end === at) return at;
    at = end;
  }
}

/** The end of the comment that begins here, or here. */
export function commentEnd(text: string, at: number): number {
  if (text.startsWith('//', at)) {
    const offset = text.slice(at).search(/[\n\r\u2028\u2029]/);
    return offset < 0 ? text.length : at + offset;
  }
  return text.startsWith('/*', at) ? indexAfter(text, '*/', at + 2) : at;
}

/** After the name, number or `#name` that begins here, or here when none does. */
export function wordEnd(text: string, from: number): number {
  let at = text.charAt(from) === '#' ? from + 1 : from;
  for (;;) {
    if (text.charAt(at) === '\\') at = text.startsWith('\\u{', at) ? indexAfter(text, '}', at) : at + 6;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0x20);
    if (!word.test(character)) return at;
    at += character.length;
  }
}

/** After the string, template, regular expression, bracket pair or single character that begins here. */
export function skipToken(text: string, at: number): number {
  const character = text.charAt(at);
  if (character === '"' || character === "'") return stringEnd(text, at);
  if (character === '`') return templateEnd(text, at);
  if (character === '/' && beginsExpression(text, at)) return regularExpressionEnd(text, at);
  return character in closers ? bracketEnd(text, at) : at + 1;
}

/** After the bracket that closes the one here. */
export function bracketEnd(text: string, from: number): number {
  const closer = closers[text.charAt(from)];
  let at = from + 1;
  while (at < text.length) {
    const end = commentEnd(text, at);
    if (end !== at) at = end;
    else if (text.charAt(at) === closer) return at + 1;
    else at = skipToken(text, at);
  }
  throw new UnreadableSource(`no ${closer ?? 'bracket'}`);
}

function stringEnd(text: string, from: number): number {
  const quote = text.charAt(from);
  for (let at = from + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote) return at + 1;
  }
  throw new UnreadableSource('no end of a string');
}

function templateEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length) {
    if (text.charAt(at) === '`') return at + 1;
    if (text.charAt(at) === '\\') at += 2;
    else at = text.startsWith('${', at) ? bracketEnd(text, at + 1) : at + 1;
  }
  throw new UnreadableSource('no end of a template');
}

function regularExpressionEnd(text: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at + 1;
  }
  throw new UnreadableSource('no end of a regular expression');
}

function beginsExpression(text: string, at: number): boolean {
  const before = text.slice(0, at).trimEnd();
  return beforeExpression.has(before.charAt(before.length - 1)) || keywordBeforeExpression.test(before.slice(-16));
}

function indexAfter(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  if (at < 0) throw new UnreadableSource(`no ${mark}`);
  return at + mark.length;
}
