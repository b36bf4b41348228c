import type { Family } from "../net/address.ts";
import type { Lines } from "./lines.ts";

/**
 * What tells the family in a line: the tool's name, an address in either form, or a name that only IPv6 rules hold.
 *
 * `to::8080` and `12:30:00` are no addresses: an IPv6 one stands behind a blank, `!` or `[` and has `::` or seven colons.
 */
const EVIDENCE =
  /(?<six>\bip6tables\b|\bicmp6\b|\bicmpv6\b|\bipv6-icmp|--hl-|[ \t![,=](?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::[0-9a-f:.]*(?=[\s/\],-]|$)|[ \t![](?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})|\biptables\b|(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])|-p icmp\b| icmp -- |\bicmp-/;

/** Comments may hold anything. Written so that a text of megabytes does not exhaust the stack of the matcher. */
const QUOTED = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
const QUOTED_OR_COMMENT = new RegExp(`${QUOTED.source}|/\\*.*?\\*/`, "g");

/** Without an end mark none is looked for: each start would look through the whole line. */
const withoutFreeText = (line: string): string =>
  line.includes("*/") ? line.replace(QUOTED_OR_COMMENT, "") : line.includes('"') ? line.replace(QUOTED, "") : line;

const familyOf = (line: string): Family | undefined => {
  const found = EVIDENCE.exec(withoutFreeText(line));
  return found ? (found.groups!.six === undefined ? "ipv4" : "ipv6") : undefined;
};

/** What the lines from one place on tell. */
export interface FamilyEvidence {
  readonly family: Family;
  /** It stands in the same table or listing, not behind a line where another one starts. */
  readonly own: boolean;
}

/** Where something else starts: a table, its end, the fence of a page, a command. */
const BOUNDARY = /^\s*(?:\*[a-z]|COMMIT\s*$|```|~~~)|tables/;

/**
 * Tells the family of what starts at a line by the first line from there that shows one; undefined if none does. Looks
 * at each line once, however often it is asked.
 */
export function familyFinder(lines: Lines): (from: number) => FamilyEvidence | undefined {
  /** The line of the evidence, and the last one up to it where something starts. */
  let at = -1;
  let boundary = -1;
  let known: Family | undefined;
  return (from) => {
    if (from > at) {
      known = undefined;
      for (at = from; at < lines.count && known === undefined; at++) {
        const line = lines.at(at);
        if (BOUNDARY.test(line)) boundary = at;
        known = familyOf(line);
      }
      at = known === undefined ? lines.count : at - 1;
    }
    return known && { family: known, own: boundary <= from };
  };
}
