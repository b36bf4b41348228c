import type { Family } from "../../net/address.ts";
import { freeTextEnds } from "../../text/free-text.ts";
import type { Lines } from "./lines.ts";

/**
 * What tells the family in a line: the tool's name, an address in either form, or a name that only IPv6 rules hold.
 *
 * `to::8080` and `12:30:00` are no addresses: an IPv6 one stands behind a blank, `!` or `[` and has `::` or seven colons.
 */
const EVIDENCE =
  /(?<six>\bip6tables\b|\bicmp6\b|\bicmpv6\b|\bipv6-icmp|--hl-|[ \t![,=](?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::[0-9a-f:.]*(?=[\s/\],-]|$)|[ \t![](?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4})|\biptables\b|(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])|-p icmp\b| icmp -- |\bicmp-/;

/** Comments may hold anything. */
function withoutFreeText(line: string): string {
  if (!line.includes('"') && !line.includes("*/")) return line;
  const endAt = freeTextEnds(line);
  let kept = "";
  let from = 0;
  for (let at = 0; at < line.length; ) {
    const end = endAt(at);
    if (end > at) {
      kept += line.slice(from, at);
      from = end;
    }
    at = Math.max(end, at + 1);
  }
  return kept + line.slice(from);
}

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
