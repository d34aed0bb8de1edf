/**
 * The parameters in the text of a function: an arrow, a function, a method, a generator or an accessor, async or not.
 *
 * Reads tokens up to the end of the parameter list and evaluates nothing.
 */
import { type Token, tokenizer, tokTypes } from 'acorn';

const openers: ReadonlySet<Token['type']> = new Set([
  tokTypes.parenL,
  tokTypes.braceL,
  tokTypes.bracketL,
  tokTypes.dollarBraceL,
]);
const closers: ReadonlySet<Token['type']> = new Set([tokTypes.parenR, tokTypes.braceR, tokTypes.bracketR]);
const empty = /^(?:async )?\(\) =>/;

/** The pattern of each parameter without comments and default; undefined if the text shows none: native, bound, a class. */
export function parameterPatterns(source: string): readonly string[] | undefined {
  if (empty.test(source)) return [];
  if (/\{\s*\[native code\]\s*\}\s*$/.test(source) || /^class\b/.test(source)) return undefined;
  try {
    return new ParameterReader(source).read();
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class ParameterReader {
  readonly #source: string;
  readonly #comments: (readonly [start: number, end: number])[] = [];
  readonly #tokens: Iterator<Token>;

  constructor(source: string) {
    this.#source = source;
    const onComment = (...[, , start, end]: readonly [boolean, string, number, number]): void =>
      void this.#comments.push([start, end]);
    this.#tokens = tokenizer(source, { ecmaVersion: 'latest', onComment })[Symbol.iterator]();
  }

  /** @throws SyntaxError if the text is not that of a function */
  read(): readonly string[] {
    let name: Token | undefined;
    for (;;) {
      const token = this.#next();
      if (token.type === tokTypes.parenL) return this.#list();
      if (token.type === tokTypes.arrow && name !== undefined) return [this.#source.slice(name.start, name.end)];
      // A computed name of a method may contain anything.
      if (token.type === tokTypes.bracketL) this.#skipBracket();
      name = token;
    }
  }

  /** The patterns up to the parenthesis that closes the list. */
  #list(): readonly string[] {
    const patterns: string[] = [];
    for (;;) {
      const { pattern, isLast } = this.#parameter();
      // Only a trailing comma leaves an empty pattern.
      if (pattern !== '') patterns.push(pattern);
      if (isLast) return patterns;
    }
  }

  #parameter(): { readonly pattern: string; readonly isLast: boolean } {
    let start: number | undefined;
    let end = 0;
    let inDefault = false;
    for (;;) {
      const token = this.#next();
      if (token.type === tokTypes.comma || token.type === tokTypes.parenR)
        return { pattern: this.#text(start ?? end, end), isLast: token.type === tokTypes.parenR };
      inDefault ||= token.type === tokTypes.eq;
      const last = openers.has(token.type) ? this.#skipBracket() : token;
      if (inDefault) continue;
      start ??= token.start;
      end = last.end;
    }
  }

  /** Reads to the bracket that closes the one before. */
  #skipBracket(): Token {
    for (let depth = 1; ; ) {
      const token = this.#next();
      if (openers.has(token.type)) depth += 1;
      else if (closers.has(token.type)) depth -= 1;
      if (depth === 0) return token;
    }
  }

  #next(): Token {
    const { value, done } = this.#tokens.next();
    if (done === true) throw new SyntaxError('The text ends within the parameter list.');
    return value;
  }

  /** The text between two places without the comments in it. */
  #text(from: number, to: number): string {
    const inside = this.#comments.filter(([start, end]) => start >= from && end <= to);
    const ends = [from, ...inside.map(([, end]) => end)];
    return ends.map((end, index) => this.#source.slice(end, inside[index]?.[0] ?? to)).join('');
  }
}
