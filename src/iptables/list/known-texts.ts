import { type RecentTexts, recentTexts } from "../../text/recent-texts.ts";
import type { DeviceCondition, ProtocolCondition, RuleMatch } from "../ruleset/ruleset.ts";
import type { ReadAddressCell } from "./address.ts";
import type { RowText } from "./row-text.ts";

/**
 * What was read before from texts of the same listing: equal text is one object, so a large listing is small and quick.
 * With starts.ts, measured on 100,000 rows with `-v -n`: five times the speed.
 */
export interface KnownTexts {
  readonly addresses: RecentTexts<ReadAddressCell>;
  readonly devices: RecentTexts<DeviceCondition>;
  readonly protocols: RecentTexts<ProtocolCondition>;
  readonly rowTexts: RecentTexts<KnownRowText>;
}

export const newKnownTexts = (): KnownTexts => ({
  addresses: recentTexts(),
  devices: recentTexts(),
  protocols: recentTexts(),
  rowTexts: recentTexts(),
});

/** A row's text and which of its matches is the comment that was cut out of it; -1 if none was. */
interface KnownRowText {
  readonly read: RowText;
  readonly comment: number;
}

/** A text without what its comment says, which is the part that differs from row to row. */
interface Framed {
  readonly frame: string;
  readonly comment: string | undefined;
}

/**
 * Reads a row's text, or gives what was read from the same text before. `read` is told to `say` that something is to be
 * said about the text; then it is not kept, since the next row has another place.
 */
export function onceRead(
  texts: RecentTexts<KnownRowText>,
  key: string,
  text: string,
  read: (say: () => void) => RowText,
): RowText {
  const { frame, comment } = framed(text);
  const found = texts.get(key + frame);
  if (found !== undefined) return comment === undefined ? found.read : withComment(found, comment);
  let silent = true;
  const made = read(() => {
    silent = false;
  });
  const at = made.matches.findIndex((match) => match.kind === "comment");
  if (silent && (comment === undefined || textOf(made.matches[at]) === comment)) {
    for (const match of made.matches) Object.freeze(match);
    if (made.target) Object.freeze(made.target);
    texts.set(key + frame, { read: made, comment: comment === undefined ? -1 : at });
  }
  return made;
}

const textOf = (match: RuleMatch | undefined): string | undefined =>
  match?.kind === "comment" ? match.text : undefined;

function withComment({ read, comment: at }: KnownRowText, text: string): RowText {
  const matches = [...read.matches];
  matches[at] = { kind: "comment", text };
  return { ...read, matches };
}

/**
 * Cuts out the text of the only comment; none where quotes may hold what looks like one.
 *
 * ```
 *  /* ns/web:http *\/ tcp dpt:80      is     /*  *\/ tcp dpt:80     and     ns/web:http
 * ```
 */
function framed(text: string): Framed {
  const open = text.indexOf(" /* ");
  const close = open < 0 ? -1 : text.indexOf(" */", open + 4);
  const only = close >= 0 && text.indexOf("/*", open + 4) < 0 && text.indexOf("*/", close + 3) < 0;
  if (!only || text.includes('"')) return { frame: text, comment: undefined };
  return { frame: text.slice(0, open + 4) + text.slice(close), comment: text.slice(open + 4, close) };
}
