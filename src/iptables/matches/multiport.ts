import { DCCP, SCTP, TCP, UDP, UDPLITE } from "../../net/protocol.ts";
import { any, condition, inRanges, type Predicate } from "../../predicate/predicate.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import {
  bang,
  type Given,
  option,
  portRange,
  type Range,
  rangeText,
  refuseTogether,
  type ValueType,
} from "../extension/value.ts";
import { portRangeText } from "./ports.ts";

/**
 * `-m multiport [!] --sports|--dports|--ports p[:q],…`: a port of the packet is one of up to 15, a range counting twice.
 *
 * Kernel: net/netfilter/xt_multiport.c, multiport_mt.
 */
export interface MultiportMatch {
  readonly kind: "multiport";
  /** Which port is looked at; `ports`: either of the two. */
  readonly which: "sports" | "dports" | "ports";
  readonly ports: readonly Range[];
  readonly negated: boolean;
}

const SLOTS = 15;

const portList: ValueType<readonly Range[]> = {
  expected: "up to 15 ports or ranges of ports separated by commas, a range counting twice",
  read(word, context) {
    const ranges: Range[] = [];
    let slots = 0;
    for (const item of word.split(",")) {
      const range = portRange.read(item, context);
      const ranged = item.includes(":");
      if (range === undefined || (ranged && range.low === range.high)) return undefined;
      slots += ranged ? 2 : 1;
      ranges.push(range);
    }
    return slots <= SLOTS ? ranges : undefined;
  },
};

const PROTOCOLS = [TCP, UDP, UDPLITE, SCTP, DCCP];

function checkProtocol(context: ReadContext): void {
  if (context.protocolNegated || !PROTOCOLS.includes(context.protocol))
    context.fail("multiport: expected -p tcp, udp, udplite, sctp or dccp with it");
}

const words = ({ which, ports }: MultiportMatch): string =>
  `--${which} ${ports.map((range) => rangeText(range)).join(",")}`;

const FIELDS = { sports: ["sport"], dports: ["dport"], ports: ["sport", "dport"] } as const;

export const multiport: MatchExtension<MultiportMatch> = defineMatch<MultiportMatch>()({
  kind: "multiport",
  summary: "one of several ports",
  protocols: PROTOCOLS,
  options: {
    sports: option("sports source-ports", portList, { negatable: true }),
    dports: option("dports destination-ports", portList, { negatable: true }),
    ports: option("ports", portList, { negatable: true }),
  },
  fromSave(given, context) {
    checkProtocol(context);
    const { sports, dports, ports } = given;
    refuseTogether(context, "multiport", { sports, dports, ports }, true);
    const which = sports ? "sports" : dports ? "dports" : "ports";
    const { value, negated } = given[which] as Given<readonly Range[]>;
    return { kind: "multiport", which, ports: value, negated };
  },
  toSave: (match) => `${bang(match.negated)} ${words(match)}`,
  fromList(reader, context) {
    const found = reader.take(/multiport (sports|dports|ports) +(!?)(\S+)/y);
    const ports = found && portList.read(found[3]!, context);
    if (!ports) return undefined;
    return { kind: "multiport", which: found[1] as MultiportMatch["which"], ports, negated: found[2] === "!" };
  },
  toList({ which, ports, negated }, style) {
    const list = ports.map((range) => portRangeText(range, style)).join(",");
    return ` multiport ${which} ${negated ? " !" : ""}${list}`;
  },
  meaning(match) {
    const { negated } = match;
    const ranges = match.ports.map(({ low, high }) => [low, high] as const);
    const one = (field: "sport" | "dport", inverted: boolean): Predicate => inRanges(field, ranges, inverted);
    const [first, second] = FIELDS[match.which];
    const test = second === undefined ? one(first, negated) : any([one(first, false), one(second, false)], negated);
    return [condition(words(match), test, negated)];
  },
});
