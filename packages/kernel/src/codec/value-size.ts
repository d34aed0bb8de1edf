/** The size of a stored value in bytes of UTF-8, because databases and files store it in UTF-8. */

/**
 * The bytes that a text takes in UTF-8, without making them.
 *
 * @param text what `encodeValue` wrote
 * @returns bytes; at most three times the text's length
 *
 * @example
 * valueSize(encodeValue('é', 'result')); // 4: two quotes and two bytes
 */
export function valueSize(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) continue;
    if (code < 0x800) size += 1;
    else if (isPairAt(text, index)) {
      // Four bytes for two characters.
      size += 2;
      index += 1;
    } else size += 2;
  }
  return size;
}

function isPairAt(text: string, index: number): boolean {
  return (text.codePointAt(index) ?? 0) > 0xffff;
}
