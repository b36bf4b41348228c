import * as fc from "fast-check";
import type { TableName } from "../iptables/ruleset/ruleset.ts";
import { leaning, ports } from "./values.ts";

/** Which side of the stack a chain serves: it limits what its rules may say. */
export type Side = "arriving" | "local";

/** A rule before it is text: conditions and where it goes. Shrinks by losing conditions. */
export interface RuleDraft {
  readonly conditions: readonly string[];
  readonly target: string;
}

const ADDRESSES = ["10.244.1.10", "127.0.0.1", "127.0.0.6", "10.244.1.0/24", "10.96.0.0/12", "192.0.2.1"] as const;
const not = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom("", "", "! "), text).map(([negation, rest]) => negation + rest);

const address = (option: "-s" | "-d"): fc.Arbitrary<string> =>
  not(fc.constantFrom(...ADDRESSES).map((one) => `${option} ${one}`));
const port = fc
  .tuple(fc.constantFrom("tcp", "udp"), fc.constantFrom("", "", "! "), ports([22, 53, 443, 8080, 15001, 15006]))
  .map(([proto, negation, at]) => `-p ${proto} -m ${proto} ${negation}--dport ${at}`);
const mark = not(leaning([1337, 0x539, 1], fc.nat(0xffff)).map((value) => `--mark ${value}`)).map(
  (text) => `-m mark ${text}`,
);
const state = fc
  .constantFrom("NEW", "ESTABLISHED", "RELATED,ESTABLISHED", "INVALID", "UNTRACKED")
  .map((states) => `-m conntrack --ctstate ${states}`);
const owner = fc
  .tuple(fc.constantFrom("", "! "), fc.constantFrom("uid", "gid"), fc.constantFrom(1337, 1000, 0))
  .map(([negation, kind, id]) => `-m owner ${negation}--${kind}-owner ${id}`);
const device = (option: "-i" | "-o"): fc.Arbitrary<string> =>
  not(fc.constantFrom("lo", "eth0", "eth+").map((name) => `${option} ${name}`));

/** Conditions of one kind each, so that no option stands twice in a rule; the port brings the protocol. */
export function conditions(side: Side, table: TableName): fc.Arbitrary<readonly string[]> {
  const kinds = [
    address("-s"),
    address("-d"),
    device(side === "arriving" ? "-i" : "-o"),
    port,
    mark,
    ...(table === "raw" ? [] : [state]),
    ...(side === "local" ? [owner] : []),
  ];
  const chosen = fc.subarray(
    kinds.map((_, at) => at),
    { maxLength: 3 },
  );
  return chosen.chain((which) => fc.tuple(...which.map((at) => kinds[at]!)));
}

/** Where a rule of a chain may go, besides chains of its table. The first is what it shrinks to. */
export function targets(table: TableName, chain: string): readonly string[] {
  const verdicts = ["-j ACCEPT", "-j RETURN"];
  const marking = ["-j MARK --set-xmark 0x539/0xffffffff", "-j MARK --set-xmark 0x0/0x1"];
  switch (table) {
    case "nat":
      return chain === "POSTROUTING"
        ? [...verdicts, "-p tcp -j SNAT --to-source 10.244.1.10", "-j MASQUERADE"]
        : chain === "INPUT"
          ? verdicts
          : [...verdicts, "-p tcp -j REDIRECT --to-ports 15001", "-j REDIRECT", "-j DNAT --to-destination 192.0.2.1"];
    case "filter":
    case "security":
      return [...verdicts, "-j DROP", ...(table === "filter" ? ["-j REJECT --reject-with icmp-port-unreachable"] : [])];
    case "mangle":
      return [...verdicts, "-j DROP", ...marking, "-j CONNMARK --save-mark", "-j CONNMARK --restore-mark"];
    case "raw":
      return [...verdicts, "-j DROP", "-j CT --notrack", "-j CT --zone 1", "-j CT --zone 2"];
  }
}
