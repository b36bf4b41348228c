import type { LabPacket } from "../kernel/lab-types.ts";

/**
 * One question that was put to the kernel about ipsets: sets, rules that only count unless they say otherwise, packets,
 * and the rules that each packet hit. `test/kernel/sets.kernel.test.ts` puts it again.
 */
export interface SetsCase {
  readonly family?: 6;
  readonly sets: string;
  /** Of table mangle, unless `nat` stands in front. Lines that begin with a chain's name are of that chain, others of INPUT. */
  readonly rules: string;
  readonly packets: readonly LabPacket[];
  /** For each packet the rules of table mangle that matched: `PREROUTING 1 | INPUT 1 3`. */
  readonly hits: readonly string[];
  /** What `ipset save` prints afterwards, the `add` lines alone, sorted. */
  readonly held?: readonly string[];
}

const CHAINS = ["OUTPUT", "PREROUTING", "INPUT", "FORWARD", "POSTROUTING"];

/** The rules of a case as iptables-restore takes them. */
export function rulesText({ rules }: SetsCase): string {
  const lines = rules.trim().split("\n");
  const of = (table: string, chains: readonly string[]) => {
    const own = lines
      .map((line) => line.trim())
      .filter((line) => line.startsWith("nat ") === (table === "nat"))
      .map((line) => line.replace(/^nat /, ""))
      .map((line) => (/^[A-Z]/.test(line) ? `-A ${line}` : `-A INPUT ${line}`));
    return `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join("")}${own.join("\n")}\nCOMMIT\n`;
  };
  const nat = lines.some((line) => line.trim().startsWith("nat "));
  return of("mangle", CHAINS) + (nat ? of("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]) : "");
}

/** The sets of a case, without the blanks in front. */
export const setsOf = ({ sets }: SetsCase): string => sets.replace(/^ +/gm, "");

/** Counters of rules, as `mangle INPUT 1`, in the words of {@link SetsCase.hits}. */
export function hitsText(counters: Readonly<Record<string, number>>): string {
  const chains = CHAINS.map((chain) => {
    const numbers = Object.keys(counters)
      .map((place) => new RegExp(`^mangle ${chain} (\\d+)$`).exec(place)?.[1])
      .filter((number) => number !== undefined)
      .map(Number);
    return numbers.length === 0 ? "" : `${chain} ${numbers.sort((a, b) => a - b).join(" ")}`;
  });
  return chains.filter((text) => text !== "").join(" | ");
}

/** The `add` lines of sets, sorted; how many seconds are left is another matter. */
export const heldLines = (text: string): readonly string[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("add "))
    .map((line) => line.replace(/timeout \d+/, "timeout").replace("unknown-253", "253"))
    .sort();
