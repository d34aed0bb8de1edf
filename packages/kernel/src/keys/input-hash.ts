/**
 * The hash of a call's arguments: what tells a call from others of the same task under the same parent.
 */
import { canonicalText, scalarText } from './canonical-text.ts';

/**
 * The digest of the arguments, the same for equal arguments whatever the order of keys, Map entries and Set members.
 *
 * Equal is as the codec has it: what is stored and read back has the hash it had. So -0 and 0 differ, as do 1 and 1n, a hole and
 * undefined, and a missing argument and an undefined one; NaN is equal to NaN.
 *
 * @param args the arguments of the call
 * @param digest a stable digest of a text, at least 128 bits
 * @returns undefined when an argument can't be hashed (a function, an instance of a class): such calls are told apart by their order
 *
 * @example
 * inputHash([{ a: 1, b: 2 }], digest) === inputHash([{ b: 2, a: 1 }], digest); // true
 */
export function inputHash(args: readonly unknown[], digest: (text: string) => string): string | undefined {
  let text = '';
  for (const arg of args) {
    const part = scalarText(arg) ?? canonicalText(arg, digest);
    if (part === undefined) return undefined;
    text += `${part},`;
  }
  return digest(text);
}
