import { protocolText } from "../../net/protocol.ts";
import type { ListStyle } from "../extension/context.ts";
import { matchExtension } from "../matches/table.ts";
import type { DeviceCondition, Flavour, Rule, RuleMatch, RuleTarget } from "../ruleset/ruleset.ts";
import { targetExtension } from "../targets/table.ts";
import { addressCell } from "./address.ts";
import type { Columns } from "./columns.ts";
import { printCount } from "./counters.ts";
import { unknownText } from "./saved-text.ts";

/** How rows are printed. */
export interface RowStyle extends Omit<ListStyle, "protocol">, Columns {
  readonly exact: boolean;
  readonly flavour: Flavour;
}

/**
 * One row, byte for byte as iptables 1.8.9 prints it, trailing blanks included.
 *
 * Source: iptables/xshared.c, print_rule_details, print_fragment, print_ifaces, print_ipv4_addresses.
 */
export function printRow(rule: Rule, number: number, style: RowStyle): string {
  const listStyle: ListStyle = { ...style, protocol: rule.protocol?.number ?? 0 };
  const { packets, bytes } = rule.counters ?? { packets: 0, bytes: 0 };
  const width = style.exact ? 8 : 5;
  const count = (value: typeof packets): string => `${printCount(value, style.exact).padStart(width)} `;
  const opt = rule.fragment === undefined ? "--" : rule.fragment ? "-f" : "!f";
  return (
    (style.lineNumbers ? `${`${number}`.padEnd(4)} ` : "") +
    (style.verbose ? count(packets) + count(bytes) : "") +
    `${targetName(rule.target).padEnd(9)} ` +
    `${protocolCell(rule, style).padEnd(5)} ${opt} ` +
    (style.verbose ? ` ${deviceCell(rule.in, style).padEnd(6)} ${deviceCell(rule.out, style).padEnd(6)} ` : "") +
    `${addressCell(rule.source, listStyle).padEnd(20)} ${addressCell(rule.destination, listStyle).padEnd(20)} ` +
    (rule.target?.kind === "goto" ? "[goto] " : "") +
    rule.matches.map((match) => matchText(match, listStyle)).join("") +
    targetText(rule.target, listStyle)
  );
}

function targetName(target: RuleTarget | null): string {
  if (target === null) return "";
  switch (target.kind) {
    case "jump":
    case "goto":
      return target.chain;
    case "unknown":
      return target.name;
    default:
      return targetExtension(target.kind)?.listedAs ?? target.kind;
  }
}

/** With the place for its `!`. 1.8.9 and 1.8.10 print numbers with `-n`, all others names (formats.md, 2.4). */
function protocolCell({ protocol }: Rule, { numeric, names }: RowStyle): string {
  const number = protocol?.number ?? 0;
  const own = protocolText(number);
  const name = numeric ? `${number}` : own === `${number}` ? (names.protocolName(number) ?? own) : own;
  return (protocol?.negated ? "!" : " ") + name;
}

/** iptables-nft does not keep a `+` that stands alone. */
function deviceCell(device: DeviceCondition | undefined, { numeric, flavour }: RowStyle): string {
  const every = device === undefined || (device.pattern === "+" && !device.negated && flavour === "nft");
  if (every) return numeric ? "*" : "any";
  return (device.negated ? "!" : "") + device.pattern;
}

function matchText(match: RuleMatch, style: ListStyle): string {
  return match.kind === "unknown" ? unknownText(match, "-m") : matchExtension(match.kind)!.toList(match, style);
}

function targetText(target: RuleTarget | null, style: ListStyle): string {
  if (target === null) return "";
  if (target.kind === "unknown") return unknownText(target, "-j");
  return targetExtension(target.kind)?.toList(target, style) ?? "";
}
