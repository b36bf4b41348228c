import type { ZoneSetting } from "../../predicate/effect.ts";
import { readNumber } from "../../text/number.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { anyWord, flag, listOf, oneOf, option, refuseTogether, type ValueType } from "../extension/value.ts";

const EVENTS = [
  "new",
  "related",
  "destroy",
  "reply",
  "assured",
  "protoinfo",
  "helper",
  "mark",
  "natseqinfo",
  "secmark",
] as const;
type CtEvent = (typeof EVENTS)[number];

/**
 * `-j CT [--notrack] [--helper h] [--timeout p] [--ctevents e,…] [--expevents e] [--zone[-orig|-reply] id|mark]`: how
 * conntrack will treat the packet.
 *
 * The first CT rule that a packet meets decides; later ones count and do nothing (Z1), and so does one for a packet that
 * came over lo with its entry (L4). Zone 0 is the default and not kept, as iptables does not write it.
 *
 * Kernel: net/netfilter/xt_CT.c, xt_ct_target.
 */
export interface CtTarget {
  readonly kind: "CT";
  readonly notrack: boolean;
  readonly helper?: string;
  readonly timeout?: string;
  readonly ctevents?: readonly CtEvent[];
  readonly expevents?: readonly CtEvent[];
  readonly zone?: ZoneSetting;
}

const zoneId: ValueType<number | "mark"> = {
  expected: "a zone from 0 to 65535, or mark",
  read: (word) => (word === "mark" ? "mark" : readNumber(word, 65535)),
};

/** Events in iptables' own order, each once. */
const events: ValueType<readonly CtEvent[]> = {
  expected: `conntrack events: ${EVENTS.join(", ")}, separated by commas`,
  read(word, context) {
    const read = listOf(oneOf(EVENTS)).read(word, context);
    return read && EVENTS.filter((event) => read.includes(event));
  },
};

const zoneOption = ({ direction }: ZoneSetting): string =>
  direction === "both" ? "zone" : direction === "original" ? "zone-orig" : "zone-reply";

/** Both forms hold the same words, with and without dashes before them. Source: libxt_CT.c, ct_print_v1. */
const text = (target: CtTarget, dashes: string): string =>
  [
    target.notrack ? "notrack" : "",
    target.helper === undefined ? "" : `helper ${target.helper}`,
    target.timeout === undefined ? "" : `timeout ${target.timeout}`,
    target.ctevents ? `ctevents ${target.ctevents.join(",")}` : "",
    target.expevents ? `expevents ${target.expevents.join(",")}` : "",
    target.zone ? `${zoneOption(target.zone)} ${target.zone.zone}` : "",
  ]
    .filter((part) => part !== "")
    .map((part) => ` ${dashes}${part}`)
    .join("");

const zoneSetting = (direction: ZoneSetting["direction"], zone: number | "mark"): { zone?: ZoneSetting } =>
  zone === 0 ? {} : { zone: { direction, zone } };

export const ct: TargetExtension<CtTarget> = defineTarget<CtTarget>()({
  kind: "CT",
  summary: "sets the conntrack zone, events or helper, or turns tracking off",
  tables: ["raw"],
  options: {
    notrack: flag("notrack"),
    helper: option("helper", anyWord("the name of a conntrack helper")),
    timeout: option("timeout", anyWord("the name of a timeout policy")),
    ctevents: option("ctevents", events),
    expevents: option("expevents", events),
    zone: option("zone", zoneId),
    zoneOrig: option("zone-orig", zoneId),
    zoneReply: option("zone-reply", zoneId),
  },
  fromSave({ notrack, helper, timeout, ctevents, expevents, zone, zoneOrig, zoneReply }, context) {
    // iptables takes them together and keeps one number for all ("--zone-orig 1 --zone-reply 2" is saved as "--zone 2").
    refuseTogether(context, "CT", { zone, "zone-orig": zoneOrig, "zone-reply": zoneReply });
    return {
      kind: "CT",
      notrack: notrack !== undefined,
      ...(helper && { helper: helper.value }),
      ...(timeout && { timeout: timeout.value }),
      ...(ctevents && { ctevents: ctevents.value }),
      ...(expevents && { expevents: expevents.value }),
      ...(zone && zoneSetting("both", zone.value)),
      ...(zoneOrig && zoneSetting("original", zoneOrig.value)),
      ...(zoneReply && zoneSetting("reply", zoneReply.value)),
    };
  },
  toSave: (target) => text(target, "--"),
  fromList(reader, context) {
    // iptables up to 1.6 glues the zone: "CTzone 1".
    if (!reader.take(/CT(?=zone |[ ]|$)/y)) return undefined;
    const word = (pattern: RegExp): string | undefined => reader.take(pattern)?.[1];
    const notrack = reader.take(/notrack(?!\S)/y) !== null;
    const helper = word(/helper (\S+)/y);
    const timeout = word(/timeout (\S+)/y);
    const ctevents = word(/ctevents (\S+)/y);
    const expevents = word(/expevents (\S+)/y);
    const found = reader.take(/zone(-orig|-reply)? (\d+|mark)/y);
    const direction = found?.[1] === "-orig" ? "original" : found?.[1] === "-reply" ? "reply" : "both";
    const ctRead = ctevents === undefined ? undefined : events.read(ctevents, context);
    const expRead = expevents === undefined ? undefined : events.read(expevents, context);
    return {
      kind: "CT",
      notrack,
      ...(helper !== undefined && { helper }),
      ...(timeout !== undefined && { timeout }),
      ...(ctRead && { ctevents: ctRead }),
      ...(expRead && { expevents: expRead }),
      ...(found && zoneSetting(direction, found[2] === "mark" ? "mark" : Number(found[2]))),
    };
  },
  toList: (target) => ` CT${text(target, "")}`,
  action: ({ notrack, zone }) => goesOn({ kind: "track", notrack, ...(zone && { zone }) }),
});
