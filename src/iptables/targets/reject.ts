import type { Family } from "../../net/address.ts";
import { TCP } from "../../net/protocol.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineTarget, type TargetExtension } from "../extension/target.ts";
import { option, type ValueType } from "../extension/value.ts";

/** What `--reject-with` may be in each family: the name that is printed and its alias, in the order of looking. */
const ANSWERS: Readonly<Record<Family, readonly (readonly [string, string])[]>> = {
  ipv4: [
    ["icmp-net-unreachable", "net-unreach"],
    ["icmp-host-unreachable", "host-unreach"],
    ["icmp-proto-unreachable", "proto-unreach"],
    ["icmp-port-unreachable", "port-unreach"],
    ["icmp-net-prohibited", "net-prohib"],
    ["icmp-host-prohibited", "host-prohib"],
    ["tcp-reset", "tcp-rst"],
    ["icmp-admin-prohibited", "admin-prohib"],
  ],
  ipv6: [
    ["icmp6-no-route", "no-route"],
    ["icmp6-adm-prohibited", "adm-prohibited"],
    ["icmp6-addr-unreachable", "addr-unreach"],
    ["icmp6-port-unreachable", "port-unreach"],
    ["tcp-reset", "tcp-reset"],
    ["icmp6-policy-fail", "policy-fail"],
    ["icmp6-reject-route", "reject-route"],
  ],
};

const TCP_RESET = "tcp-reset";

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
    const found = ANSWERS[context.family].find((names) => names.some((name) => name.startsWith(start)));
    return start === "" ? undefined : found?.[0];
  },
};

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
  action: (target) => ({ kind: "reject", with: target.with }),
});
