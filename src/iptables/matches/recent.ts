import { type Address, addressBits, addressText, maskOfLength, readAddress } from "../../net/address.ts";
import { MAX_STAMPS } from "../../predicate/memory.ts";
import { condition, remembered } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import {
  anyWord,
  bang,
  flag,
  type Given,
  numberFrom,
  option,
  refuseTogether,
  type ValueType,
} from "../extension/value.ts";

/**
 * `-m recent [!] --set|--rcheck|--update|--remove [--seconds n [--reap]] [--hitcount n] [--rttl] [--name NAME] [--mask m]
 * [--rsource|--rdest]`: whether and when an address was put on a list that rules share by its name (S6).
 *
 * Kernel: net/netfilter/xt_recent.c, recent_mt.
 */
export interface RecentMatch {
  readonly kind: "recent";
  readonly operation: "set" | "rcheck" | "update" | "remove";
  readonly negated: boolean;
  readonly seconds?: number;
  readonly hitcount?: number;
  readonly reap: boolean;
  /** Only stamps of packets with the same TTL count. */
  readonly rttl: boolean;
  readonly name: string;
  readonly mask: Address;
  readonly side: "source" | "dest";
}

const LISTED = { set: "SET", rcheck: "CHECK", update: "UPDATE", remove: "REMOVE" } as const;
const OPERATIONS = Object.keys(LISTED) as readonly RecentMatch["operation"][];

const maskType: ValueType<Address> = {
  expected: "a mask as an address of the rules' family",
  read(word, context) {
    const address = readAddress(word);
    return address?.family === context.family ? address : undefined;
  },
};

const words = (match: RecentMatch): string =>
  `--${match.operation}` +
  (match.seconds === undefined ? "" : ` --seconds ${match.seconds}`) +
  (match.reap ? " --reap" : "") +
  (match.hitcount === undefined ? "" : ` --hitcount ${match.hitcount}`) +
  (match.rttl ? " --rttl" : "") +
  ` --name ${match.name} --mask ${addressText(match.mask.family, match.mask.words)} --r${match.side}`;

const LIST =
  /(! )?recent: (SET|CHECK|UPDATE|REMOVE)(?: seconds: (\d+))?( reap)?(?: hit_count: (\d+))?( TTL-Match)? name: (.+?) side: (source|dest)(?: mask: (\S+))?(?=\s|$)/y;

export const recent: MatchExtension<RecentMatch> = defineMatch<RecentMatch>()({
  kind: "recent",
  summary: "whether and when an address was seen",
  options: {
    set: flag("set", { negatable: true }),
    rcheck: flag("rcheck", { negatable: true }),
    update: flag("update", { negatable: true }),
    remove: flag("remove", { negatable: true }),
    seconds: option("seconds", numberFrom(1, UINT32)),
    hitcount: option("hitcount", numberFrom(0, MAX_STAMPS)),
    reap: flag("reap"),
    rttl: flag("rttl"),
    name: option("name", anyWord("a name")),
    mask: option("mask", maskType),
    rsource: flag("rsource"),
    rdest: flag("rdest"),
  },
  fromSave(given, context) {
    const { set, rcheck, update, remove, seconds, hitcount, reap, rttl, rdest } = given;
    refuseTogether(context, "recent", { set, rcheck, update, remove }, true);
    if (reap && !seconds) context.fail("recent: expected --seconds with --reap");
    const looks = rcheck !== undefined || update !== undefined;
    for (const [name, value] of Object.entries({ seconds, hitcount: hitcount?.value || undefined, rttl }))
      if (value !== undefined && !looks) context.fail(`recent: --${name} needs --rcheck or --update`);
    const operation = OPERATIONS.find((one) => given[one] !== undefined)!;
    return {
      kind: "recent",
      operation,
      negated: (given[operation] as Given<true>).negated,
      ...(seconds && { seconds: seconds.value }),
      ...(hitcount && hitcount.value > 0 && { hitcount: hitcount.value }),
      reap: reap !== undefined,
      rttl: rttl !== undefined,
      name: given.name?.value ?? "DEFAULT",
      mask: given.mask?.value ?? {
        family: context.family,
        words: maskOfLength(context.family, addressBits(context.family)),
      },
      side: rdest ? "dest" : "source",
    };
  },
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(LIST);
    if (!found) return undefined;
    // Before 1.4.17 there was no mask.
    const whole = addressText(context.family, maskOfLength(context.family, addressBits(context.family)));
    const mask = maskType.read(found[9] ?? whole, context);
    if (!mask) return undefined;
    return {
      kind: "recent",
      operation: OPERATIONS.find((one) => LISTED[one] === found[2])!,
      negated: found[1] !== undefined,
      ...(found[3] !== undefined && { seconds: Number(found[3]) }),
      ...(found[5] !== undefined && { hitcount: Number(found[5]) }),
      reap: found[4] !== undefined,
      rttl: found[6] !== undefined,
      name: found[7]!,
      mask,
      side: found[8] as RecentMatch["side"],
    };
  },
  toList: (match) =>
    `${bang(match.negated)} recent: ${LISTED[match.operation]}` +
    (match.seconds === undefined ? "" : ` seconds: ${match.seconds}`) +
    (match.reap ? " reap" : "") +
    (match.hitcount === undefined ? "" : ` hit_count: ${match.hitcount}`) +
    (match.rttl ? " TTL-Match" : "") +
    ` name: ${match.name} side: ${match.side} mask: ${addressText(match.mask.family, match.mask.words)}`,
  meaning(match) {
    const { name, operation, negated, seconds, hitcount, reap, rttl, side, mask } = match;
    const memory = {
      memory: "recent",
      name,
      operation,
      inverted: negated,
      field: side === "source" ? "src" : "dst",
      mask: mask.words,
      seconds,
      hitcount,
      reap,
      sameTtl: rttl,
    } as const;
    return [condition(words(match), remembered(memory, negated), negated)];
  },
});
