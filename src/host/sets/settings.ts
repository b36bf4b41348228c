import {
  addressBits,
  addToAddress,
  type Family,
  maskLength,
  maskOfLength,
  readAddress,
  readPrefix,
} from "../../net/address.ts";
import { readNumber, UINT32 } from "../../text/number.ts";
import type { Word } from "../../text/words.ts";
import type { SetSettings } from "./ip-set.ts";
import type { SetType } from "./set-type.ts";

/** Says what is wrong with a line, and where in it. */
export type Fail = (message: string, word?: Word) => never;

/** The words of a line one after another. */
export interface Words {
  readonly next: () => Word | undefined;
  /** The word behind an option. */
  readonly value: (option: Word, expected: string) => Word;
  readonly number: (option: Word, max: number) => number;
}

export function wordsOf(words: readonly Word[], fail: Fail): Words {
  let at = 0;
  const value = (option: Word, expected: string): Word =>
    words[at++] ?? fail(`${option.text}: expected ${expected}, got nothing`, option);
  return {
    next: () => words[at++],
    value,
    number(option, max) {
      const word = value(option, "a number");
      return (
        readNumber(word.text, max) ?? fail(`${option.text}: expected a number up to ${max}, got "${word.text}"`, word)
      );
    },
  };
}

/** The greatest number of seconds. Kernel: IPSET_MAX_TIMEOUT. */
const MAX_TIMEOUT = Math.floor(UINT32 / 1000);

/** How many numbers a bitmap may span. Kernel: IPSET_BITMAP_MAX_RANGE. */
const MOST_BITS = 65_536;

/** Options that change how a hash is stored, and nothing of what it holds. */
const OF_STORAGE = ["hashsize", "bucketsize", "initval", "probes", "resize", "size", "gc"];

/** Reads what stands behind the type of a `create` line. Source: ipset(8), CREATE OPTIONS. */
export function readSettings(
  type: SetType,
  given: readonly Word[],
  fail: Fail,
): { readonly family: Family | null; readonly settings: SetSettings } {
  const words = wordsOf(given, fail);
  const draft: { -readonly [K in keyof SetSettings]: SetSettings[K] } = {
    timeout: null,
    counters: false,
    comment: false,
    skbinfo: false,
    forceadd: false,
    maxelem: type.method === "hash" ? MOST_BITS : Number.POSITIVE_INFINITY,
    mask: null,
    markmask: UINT32,
    range: null,
    words: given.map((word) => word.text).join(" "),
  };
  let family: Family = "ipv4";
  let netmask: Word | undefined;
  let from: Word | undefined;
  for (let option = words.next(); option !== undefined; option = words.next())
    switch (option.text) {
      case "family": {
        const word = words.value(option, "inet or inet6");
        if (!["inet", "ipv4", "inet6", "ipv6"].includes(word.text))
          fail(`family: expected inet or inet6, got "${word.text}"`, word);
        family = word.text.endsWith("6") ? "ipv6" : "ipv4";
        break;
      }
      case "timeout":
        draft.timeout = words.number(option, MAX_TIMEOUT);
        break;
      case "counters":
      case "comment":
      case "skbinfo":
      case "forceadd":
        draft[option.text] = true;
        break;
      case "maxelem":
        draft.maxelem = words.number(option, UINT32);
        break;
      case "netmask":
      case "bitmask":
        netmask = words.value(option, "a mask");
        break;
      case "markmask":
        draft.markmask = words.number(option, UINT32);
        break;
      case "range":
      case "network":
        draft.range = readRange(type, words.value(option, "a range"), fail);
        break;
      case "from":
        from = words.value(option, "the beginning of a range");
        break;
      case "to": {
        const to = words.value(option, "the end of a range");
        draft.range = readRange(type, { ...to, text: `${from?.text ?? ""}-${to.text}` }, fail);
        break;
      }
      default:
        if (!OF_STORAGE.includes(option.text)) fail(`${type.name}: unknown option "${option.text}"`, option);
        words.value(option, "a number");
    }
  if (netmask !== undefined) draft.mask = readMask(family, netmask, fail);
  // A bitmap of networks begins and ends with whole ones.
  if (draft.mask !== null && draft.range !== null)
    draft.range = [(draft.range[0] & draft.mask[3]) >>> 0, (draft.range[1] | ~draft.mask[3]) >>> 0];
  if (type.method === "bitmap" && draft.range === null) fail(`${type.name}: expected a range, got none`);
  return { family: type.family === undefined ? family : type.family, settings: draft };
}

/** `24`, or the mask itself for `bitmask`. */
function readMask(family: Family, word: Word, fail: Fail): SetSettings["mask"] {
  const length = readNumber(word.text, addressBits(family));
  if (length !== undefined) return maskOfLength(family, length);
  const mask = readAddress(word.text);
  if (mask?.family !== family) return fail(`expected a mask of ${family}, got "${word.text}"`, word);
  return mask.words;
}

function readRange(type: SetType, word: Word, fail: Fail): readonly [number, number] {
  const ends = type.parts[0] === "port" ? word.text.split("-").map((end) => readNumber(end, 65_535)) : quads(word.text);
  const [low, high = low] = ends ?? [];
  if (low === undefined || high === undefined || ends!.length > 2 || high < low)
    return fail(
      `range: expected two ${type.parts[0] === "port" ? "ports" : "IPv4 addresses"}, got "${word.text}"`,
      word,
    );
  if (high - low >= MOST_BITS && type.name !== "bitmap:ip")
    fail(`range: expected up to ${MOST_BITS}, got "${word.text}"`, word);
  return [low, high];
}

/** `A-B` or `A/24` as two numbers. */
function quads(text: string): readonly (number | undefined)[] | undefined {
  const prefix = text.includes("/") ? readPrefix(text) : undefined;
  if (prefix !== undefined) {
    const length = maskLength(prefix.family, prefix.mask);
    if (prefix.family !== "ipv4" || length === undefined) return undefined;
    const last = addToAddress("ipv4", prefix.address, 2 ** (32 - length) - 1);
    return [prefix.address[3] >>> 0, last[3] >>> 0];
  }
  return text.split("-").map((end) => {
    const address = readAddress(end);
    return address?.family === "ipv4" ? address.words[3] >>> 0 : undefined;
  });
}
