/**
 * The kernel's jhash2 over 32-bit words: which address of a range DNAT and SNAT choose depends on it (N17).
 *
 * Fact: Bob Jenkins' lookup3 as in include/linux/jhash.h; results are signed 32-bit.
 */
export function jhash2(words: readonly number[], seed: number): number {
  let a = (0xdeadbeef + (words.length << 2) + seed) | 0;
  let b = a;
  let c = a;
  let at = 0;
  let left = words.length;
  while (left > 3) {
    a = (a + words[at]!) | 0;
    b = (b + words[at + 1]!) | 0;
    c = (c + words[at + 2]!) | 0;
    a = (a - c) ^ rotate(c, 4);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 6);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 8);
    b = (b + a) | 0;
    a = (a - c) ^ rotate(c, 16);
    c = (c + b) | 0;
    b = (b - a) ^ rotate(a, 19);
    a = (a + c) | 0;
    c = (c - b) ^ rotate(b, 4);
    b = (b + a) | 0;
    at += 3;
    left -= 3;
  }
  if (left === 0) return c;
  if (left === 3) c = (c + words[at + 2]!) | 0;
  if (left >= 2) b = (b + words[at + 1]!) | 0;
  a = (a + words[at]!) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c;
}

const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));
