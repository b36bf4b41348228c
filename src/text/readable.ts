/** Control characters but tab, and what turns the direction of a text: none of them reaches a terminal or a log. */
export const CONTROL: RegExp = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** `\u{1b}` in place of the character itself. */
const escaped = (char: string): string => `\\u{${char.charCodeAt(0).toString(16)}}`;

/** Control characters written out, one line, and the middle left out of what is longer than `most`. */
export function readable(text: string, most: number): string {
  const kept = most - 3;
  const tail = Math.floor(kept / 4);
  const short = text.length <= most ? text : `${text.slice(0, kept - tail)} … ${text.slice(text.length - tail)}`;
  return short.replace(CONTROL, escaped);
}
