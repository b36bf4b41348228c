import type { Family } from "../../net/address.ts";
import { BUILT_IN_NAMES } from "../../net/names.ts";
import type { ListReader } from "../extension/list-reader.ts";
import type { MatchExtension } from "../extension/match.ts";
import { type Match, matches } from "../matches/table.ts";

type Extensions = readonly MatchExtension<Match>[];

const MATCHES = Object.values(matches) as unknown as Extensions;

/** An optional `! `, then the letter or sign that is always there. */
const START = /^(?:\(\?=)?(?:\((?:\?:)?! \)\?)?(?:\\(\/)|([A-Za-z#]))(?![?*{|])/;

/**
 * The characters with which an extension's text may start, behind a `! `; undefined if its patterns do not tell.
 *
 * What an extension takes it takes first by one of the patterns that it tries where nothing fits, so these are asked for.
 */
function startsOf(extension: MatchExtension<Match>, family: Family): ReadonlySet<string> | undefined {
  const starts = new Set<string>();
  let told = true;
  const reader: ListReader = {
    text: "",
    at: 0,
    take({ source }) {
      const found = START.exec(source);
      if (found) starts.add(found[1] ?? found[2]!);
      else told = false;
      return null;
    },
    takeUntil: () => undefined,
  };
  const context = { family, names: BUILT_IN_NAMES, protocol: 0, protocolNegated: false, warn() {} };
  const fail = (message: string): never => {
    throw new TypeError(`${extension.kind}: expected nothing to be read from no text, got "${message}"`);
  };
  extension.fromList(reader, { ...context, fail });
  return told ? starts : undefined;
}

/** The extensions of a family by the character that their text may start with. */
interface Starts {
  readonly by: ReadonlyMap<string, Extensions>;
  /** Those that do not tell: for every other character. */
  readonly other: Extensions;
}

const made = new Map<Family, Starts>();

function startsFor(family: Family): Starts {
  let found = made.get(family);
  if (found === undefined) {
    const all = MATCHES.filter((one) => one.families === undefined || one.families.includes(family));
    const starts = all.map((one) => startsOf(one, family));
    const by = new Map<string, Extensions>();
    for (const char of new Set(starts.flatMap((one) => [...(one ?? [])])))
      by.set(
        char,
        all.filter((_, at) => starts[at]?.has(char) ?? true),
      );
    found = { by, other: all.filter((_, at) => starts[at] === undefined) };
    made.set(family, found);
  }
  return found;
}

/**
 * The extensions that may take what stands at a place of a text, in the order of their table. A row has several places
 * and there are forty extensions: to ask the three or four that may fit is what makes rows with texts of their own quick.
 */
export function mayStart(family: Family, text: string, from: number): Extensions {
  const { by, other } = startsFor(family);
  let at = from;
  while (text.charCodeAt(at) === 32) at++;
  if (text[at] === "!" && text[at + 1] === " ") at += 2;
  return by.get(text[at] ?? "") ?? other;
}
