/** The hash of a call's arguments, which distinguishes the call from others of the same task under the same parent. */
import { canonicalText, scalarText, standInText } from './canonical-text.ts';

/** The identity of a call by its arguments. */
export interface InputHash {
  /** The digest of the arguments. */
  readonly text: string;
  /** False = a part of them can't be hashed and is stood for by its kind: other arguments may have the same digest. */
  readonly isWhole: boolean;
}

/**
 * The digest of the arguments, the same for equal arguments whatever the order of keys, Map entries and Set members.
 *
 * Equal is as the codec has it: what is stored and read back has the hash it had. So -0 and 0 differ, as do 1 and 1n, a hole and
 * undefined, and a missing argument and an undefined one; NaN is equal to NaN. Each argument is hashed by itself: a part of one that
 * can't be (a function, an instance of a class) is stood for by its kind, and takes no other part's hash away.
 *
 * @param args the arguments of the call
 * @param digest a stable digest of a text, at least 128 bits
 *
 * @example
 * inputHash([{ a: 1, b: 2 }], digest).text === inputHash([{ b: 2, a: 1 }], digest).text; // true
 */
export function inputHash(args: readonly unknown[], digest: (text: string) => string): InputHash {
  let text = '';
  let isWhole = true;
  for (const arg of args) {
    let part = scalarText(arg) ?? canonicalText(arg, digest);
    if (part === undefined) {
      part = standInText(arg, digest);
      isWhole = false;
    }
    text += `${part},`;
  }
  return { text: digest(text), isWhole };
}
