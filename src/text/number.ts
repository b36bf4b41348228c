/** The greatest number of 32 bits. */
export const UINT32 = 0xffffffff;

/** Reads a decimal, `0x` hexadecimal or `0` octal number as strtoul(…, 0) does; undefined if it is none, or above `max`. */
export function readNumber(word: string, max: number): number | undefined {
  let value: number;
  if (/^(0|[1-9]\d*)$/.test(word)) value = Number(word);
  else if (/^0[xX][0-9a-fA-F]+$/.test(word)) value = Number.parseInt(word.slice(2), 16);
  else if (/^0[0-7]+$/.test(word)) value = Number.parseInt(word, 8);
  else return undefined;
  return value <= max ? value : undefined;
}

/** `0x1f`, unsigned. */
export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
