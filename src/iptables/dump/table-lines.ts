import { utf8Length } from "../../text/utf8.ts";
import { isTableName, TABLES, type TableName } from "../ruleset/ruleset.ts";
import { readCounters } from "../save/conditions.ts";
import { type Place, raise } from "../save/reading.ts";
import { declare, openBlock, type State, say } from "./state.ts";

/** Reads `*nat` and opens the table; false if it is not such a line. */
export function readTableLine(state: State, line: string): boolean {
  const found = /^\*(\S+)\s*$/.exec(line);
  if (!found) return false;
  const name = found[1]!;
  if (!isTableName(name)) {
    if (!state.lines.at(state.at + 1).startsWith(":")) return false;
    raise(
      { line: state.at + 1, column: 2, length: name.length },
      "unknown-table",
      `*: expected one of ${TABLES.join(", ")}, got "${name}"`,
    );
  }
  openBlock(state, "save", name as TableName);
  return true;
}

/** `:INPUT ACCEPT [11:2250]`, `:ISTIO_OUTPUT - [0:0]`. */
export function readChainLine(state: State, line: string): void {
  const found = /^:(\S+)\s+(\S+)(?:\s+\[(\d{1,20}):(\d{1,20})\])?\s*$/.exec(line);
  const place = { line: state.at + 1, column: 2 };
  if (!found) return raise(place, "bad-line", 'chain: expected ":NAME POLICY [PACKETS:BYTES]"');
  const [, name, policy] = found as unknown as [string, string, string];
  if (policy !== "-" && policy !== "ACCEPT" && policy !== "DROP")
    return raise(
      { ...place, column: 3 + name.length, length: policy.length },
      "bad-value",
      `:${name}: expected ACCEPT, DROP or -, got "${policy}"`,
    );
  checkName(name, place);
  const block = state.block!;
  const known = block.chains.get(name);
  if (known && known.policy !== undefined)
    say(state, "warning", "chain-exists", `:${name}: the chain is declared twice`, 2, name.length);
  // `:INPUT -` keeps the policy, which on an empty table is ACCEPT.
  const isBuiltIn = block.table !== undefined && HOOKS.has(name);
  const chain = declare(state, block, name, policy === "-" ? (isBuiltIn ? undefined : null) : policy);
  if (policy !== "-" && found[3] !== undefined) {
    const counters = readCounters(found[3], found[4]!);
    if (counters) chain.counters = counters;
  }
}

const HOOKS: ReadonlySet<string> = new Set(["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]);

/** Up to 28 bytes; iptables refuses more, and names that start like an option. */
export function checkName(name: string, place: Place): void {
  if (name === "" || utf8Length(name) > 28 || /^[-!]/.test(name))
    raise(
      place,
      "bad-value",
      `chain: expected a name of 1 to 28 bytes that starts with neither "-" nor "!", got "${name}"`,
    );
}
