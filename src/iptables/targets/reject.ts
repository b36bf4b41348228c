import type { Family } from "../../net/address.ts";
import { TCP } from "../../net/protocol.ts";
import type { RejectEffect } from "../../predicate/effect.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineTarget, type TargetExtension } from "../extension/target.ts";
import { option, type ValueType } from "../extension/value.ts";

/** One thing that `--reject-with` may be: the name that is printed, its alias, and what is sent back. */
type RejectAnswer = readonly [name: string, alias: string, sent: RejectEffect["answer"]];

const icmp = (type: number, code: number): RejectEffect["answer"] => ({ type, code });

const TCP_RESET = "tcp-reset";

/** In the order of looking. Source: libipt_REJECT.c, libip6t_REJECT.c; types and codes: ipt_REJECT.c, ip6t_REJECT.c. */
const ANSWERS: Readonly<Record<Family, readonly RejectAnswer[]>> = {
  ipv4: [
    ["icmp-net-unreachable", "net-unreach", icmp(3, 0)],
    ["icmp-host-unreachable", "host-unreach", icmp(3, 1)],
    ["icmp-proto-unreachable", "proto-unreach", icmp(3, 2)],
    ["icmp-port-unreachable", "port-unreach", icmp(3, 3)],
    ["icmp-net-prohibited", "net-prohib", icmp(3, 9)],
    ["icmp-host-prohibited", "host-prohib", icmp(3, 10)],
    [TCP_RESET, "tcp-rst", "reset"],
    ["icmp-admin-prohibited", "admin-prohib", icmp(3, 13)],
  ],
  ipv6: [
    ["icmp6-no-route", "no-route", icmp(1, 0)],
    ["icmp6-adm-prohibited", "adm-prohibited", icmp(1, 1)],
    ["icmp6-addr-unreachable", "addr-unreach", icmp(1, 3)],
    ["icmp6-port-unreachable", "port-unreach", icmp(1, 4)],
    [TCP_RESET, TCP_RESET, "reset"],
    ["icmp6-policy-fail", "policy-fail", icmp(1, 5)],
    ["icmp6-reject-route", "reject-route", icmp(1, 6)],
  ],
};

/** What an answer sends, by the name that is printed. */
const SENT: ReadonlyMap<string, RejectEffect["answer"]> = new Map(
  [...ANSWERS.ipv4, ...ANSWERS.ipv6].map(([name, , sent]) => [name, sent]),
);

/**
 * `-j REJECT [--reject-with what]`: drops the packet and answers with an ICMP error or a TCP reset (T8).
 *
 * Kernel: net/ipv4/netfilter/ipt_REJECT.c, net/ipv6/netfilter/ip6t_REJECT.c.
 */
export interface RejectTarget {
  readonly kind: "REJECT";
  /** The name that iptables prints: `icmp-port-unreachable`, `tcp-reset`, … */
  readonly with: string;
}

/** Also an alias, and the beginning of either, in any case: the first entry that fits. Source: libipt_REJECT.c. */
const answer: ValueType<string> = {
  expected: "a kind of answer: icmp-port-unreachable, tcp-reset, … (icmp6-port-unreachable in IPv6)",
  read(word, context: ReadContext) {
    const start = word.toLowerCase();
    const found = ANSWERS[context.family].find(([name, alias]) => name.startsWith(start) || alias.startsWith(start));
    return start === "" ? undefined : found?.[0];
  },
};

/** @throws TypeError for a name that iptables does not have: a target that was made by hand */
function sentBy(name: string): RejectEffect["answer"] {
  const sent = SENT.get(name);
  if (sent === undefined) throw new TypeError(`REJECT: with is "${name}", which is no kind of answer`);
  return sent;
}

export const reject: TargetExtension<RejectTarget> = defineTarget<RejectTarget>()({
  kind: "REJECT",
  summary: "drops the packet and tells the sender so",
  tables: ["filter"],
  hooks: ["INPUT", "FORWARD", "OUTPUT"],
  options: { rejectWith: option("reject-with", answer) },
  fromSave({ rejectWith }, context) {
    const chosen =
      rejectWith?.value ?? (context.family === "ipv4" ? "icmp-port-unreachable" : "icmp6-port-unreachable");
    if (chosen === TCP_RESET && (context.protocol !== TCP || context.protocolNegated))
      context.fail("REJECT: --reject-with tcp-reset needs -p tcp", {
        expected: "-p tcp",
        hint: "add -p tcp to the rule",
      });
    return { kind: "REJECT", with: chosen };
  },
  toSave: (target) => ` --reject-with ${target.with}`,
  fromList(reader, context) {
    const found = reader.take(/reject-with (\S+)/y);
    const chosen = found && answer.read(found[1]!, context);
    return chosen ? { kind: "REJECT", with: chosen } : undefined;
  },
  toList: (target) => ` reject-with ${target.with}`,
  action: (target) => ({
    effects: [{ kind: "reject", with: target.with, answer: sentBy(target.with) }],
    control: "drop",
  }),
});
