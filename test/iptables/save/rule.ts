import type { Rule } from "../../../src/iptables/ruleset/ruleset.ts";
import { readCommand } from "../../../src/iptables/save/read-rule.ts";
import type { Reading } from "../../../src/iptables/save/reading.ts";
import { ruleText } from "../../../src/iptables/save/write.ts";
import type { Family } from "../../../src/net/address.ts";
import { type Names, nameTable } from "../../../src/net/names.ts";
import type { Problem } from "../../../src/text/problem.ts";
import { splitRestoreLine, splitShellLine } from "../../../src/text/words.ts";
import { refusalOf } from "../../refusal.ts";

export interface RuleOptions {
  readonly family?: Family;
  readonly names?: Names;
  readonly shell?: boolean;
}

/** The rules that a spec stands for, and what was said. */
export function readSpec(
  text: string,
  { family = "ipv4", names = {}, shell = false }: RuleOptions = {},
): { readonly rules: readonly Rule[]; readonly said: readonly Problem[] } {
  const said: Problem[] = [];
  const reading: Reading = { family, names: nameTable(names), report: (problem) => said.push(problem) };
  const words = shell ? splitShellLine(text) : splitRestoreLine(text);
  return { rules: readCommand({ words, number: 1, text: shell ? null : text }, 0, reading).rules, said };
}

/** The spec printed anew, one line for each rule. */
export const reprint = (text: string, options?: RuleOptions): string =>
  readSpec(text, options)
    .rules.map((rule) => ruleText(rule).trim())
    .join("\n");

/** The message with which a spec is refused. */
export const refusal = (text: string, options?: RuleOptions): string => refusalOf(() => readSpec(text, options));
