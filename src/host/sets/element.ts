import { UINT32 } from "../../text/number.ts";
import type { Word } from "../../text/words.ts";
import { type Element, isWithin, isZero, maskWords, type Part, type SetSettings, type SkbInfo } from "./ip-set.ts";
import { PART_WORDS, type PartContext, readPart } from "./parts.ts";
import { type Fail, wordsOf } from "./settings.ts";

/** What an `add` line says: the elements that its text stands for, and where in a list the new one goes. */
export interface AddedElements {
  readonly elements: readonly Element[];
  readonly exist: boolean;
  /** Which counters the line gives: those that it does not, an element that is made anew keeps. */
  readonly counts: readonly ("packets" | "bytes")[];
  /** Of a list: before or behind which member. */
  readonly beside: { readonly name: string; readonly before: boolean } | null;
}

/** Reads what stands behind the set's name in an `add` or `del` line. Source: ipset(8), ADD OPTIONS. */
export function readAdded(
  given: readonly Word[],
  settings: SetSettings,
  context: PartContext,
  fail: Fail,
): AddedElements {
  const [text, ...options] = given;
  if (text === undefined) return fail(`${context.type.name}: expected an element, got nothing`);
  const { extensions, wildcard, ...rest } = readExtensions(options, settings, fail);
  const all = combine(readParts(text, settings, context, fail));
  const elements = all.map((parts): Element => {
    if (parts.at(-1)!.kind === "awaited")
      return {
        ...extensions,
        parts: [parts[0]!, { kind: "awaited", seconds: extensions.expires ?? 0 }],
        expires: null,
      };
    return { ...extensions, parts: parts.map((part) => (part.kind === "iface" ? { ...part, wildcard } : part)) };
  });
  return { elements, ...rest };
}

/** The alternatives for each dimension. */
function readParts(text: Word, settings: SetSettings, context: PartContext, fail: Fail): readonly (readonly Part[])[] {
  const { type } = context;
  const pieces = text.text.split(",");
  // bitmap:ip,mac takes an address alone.
  const kinds = type.name === "bitmap:ip,mac" && pieces.length === 1 ? type.parts.slice(0, 1) : type.parts;
  const expected = (): string => kinds.map((kind) => PART_WORDS[kind]).join(", comma, ");
  if (pieces.length !== kinds.length) return fail(`${type.name}: expected ${expected()}, got "${text.text}"`, text);
  const alternatives = kinds.map((kind, at) => {
    const parts = readPart(kind, pieces[at]!, context);
    if (parts === undefined)
      return fail(`${type.name} of ${context.family}: expected ${PART_WORDS[kind]}, got "${pieces[at]}"`, text);
    return parts.map((part) => settled(part, settings));
  });
  if (!alternatives[0]!.every((part) => isWithin(part, settings)))
    fail(`${type.name}: "${pieces[0]}" is out of the set's range`, text);
  if (type.noZero && alternatives[0]!.some(isZero))
    fail(`${type.name}: "${pieces[0]}" is address zero, which it cannot hold`, text);
  return kinds.length < type.parts.length ? [...alternatives, [{ kind: "awaited", seconds: 0 }]] : alternatives;
}

/** The part as the set keeps it: masked. */
function settled(part: Part, { mask, markmask }: SetSettings): Part {
  if (part.kind === "mark") return { kind: "mark", mark: (part.mark & markmask) >>> 0 };
  if (part.kind !== "net" || mask === null) return part;
  return { ...part, words: maskWords(part.words, mask) };
}

/** Every choice of one alternative for each dimension. */
const combine = (alternatives: readonly (readonly Part[])[]): readonly (readonly Part[])[] =>
  alternatives.reduce<readonly (readonly Part[])[]>(
    (found, parts) => found.flatMap((one) => parts.map((part) => [...one, part])),
    [[]],
  );

interface Read {
  readonly extensions: Omit<Element, "parts">;
  readonly wildcard: boolean;
  readonly exist: boolean;
  readonly counts: AddedElements["counts"];
  readonly beside: AddedElements["beside"];
}

function readExtensions(given: readonly Word[], settings: SetSettings, fail: Fail): Read {
  const words = wordsOf(given, fail);
  const needs = (option: Word, name: "timeout" | "counters" | "comment" | "skbinfo"): void => {
    if (settings[name] === null || settings[name] === false)
      fail(`${option.text}: the set was created without ${name}`, option);
  };
  let seconds = settings.timeout ?? 0;
  let [packets, bytes] = [0n, 0n];
  let info: SkbInfo | null = null;
  const infoSoFar = (): SkbInfo => info ?? { mark: 0, markMask: 0 };
  let comment: string | null = null;
  let [nomatch, wildcard, exist] = [false, false, false];
  const counts: ("packets" | "bytes")[] = [];
  let beside: AddedElements["beside"] = null;
  for (let option = words.next(); option !== undefined; option = words.next())
    switch (option.text) {
      case "timeout":
        needs(option, "timeout");
        seconds = words.number(option, UINT32);
        break;
      case "packets":
      case "bytes": {
        needs(option, "counters");
        const word = words.value(option, "a number");
        if (!/^\d+$/.test(word.text)) fail(`${option.text}: expected a number, got "${word.text}"`, word);
        counts.push(option.text);
        if (option.text === "packets") packets = BigInt(word.text);
        else bytes = BigInt(word.text);
        break;
      }
      case "comment":
        needs(option, "comment");
        comment = words.value(option, "a text").text;
        break;
      case "skbmark": {
        needs(option, "skbinfo");
        const word = words.value(option, "a mark");
        const [, mark, mask = "ffffffff"] = /^0x([0-9a-f]{1,8})(?:\/0x([0-9a-f]{1,8}))?$/i.exec(word.text) ?? [];
        if (mark === undefined) return fail(`skbmark: expected 0xMARK or 0xMARK/0xMASK, got "${word.text}"`, word);
        info = { ...infoSoFar(), mark: Number.parseInt(mark, 16) | 0, markMask: Number.parseInt(mask, 16) | 0 };
        break;
      }
      case "skbprio":
        needs(option, "skbinfo");
        info = { ...infoSoFar(), prio: words.value(option, "a class as 1:10").text };
        break;
      case "skbqueue":
        needs(option, "skbinfo");
        info = { ...infoSoFar(), queue: words.number(option, 65_535) };
        break;
      case "nomatch":
        nomatch = true;
        break;
      case "wildcard":
        wildcard = true;
        break;
      case "before":
      case "after":
        beside = { name: words.value(option, "the name of a set").text, before: option.text === "before" };
        break;
      case "-exist":
      case "-!":
        exist = true;
        break;
      default:
        fail(`unknown option "${option.text}"`, option);
    }
  const expires = seconds === 0 ? null : seconds;
  return { extensions: { expires, nomatch, packets, bytes, info, comment }, wildcard, exist, counts, beside };
}
