import type { Problem, Severity } from "../../text/problem.ts";
import { buildTable } from "../ruleset/builder.ts";
import { check, type Refusal } from "../ruleset/check.ts";
import { BUILT_IN, type Ruleset, type Table } from "../ruleset/ruleset.ts";
import type { Block } from "./block.ts";

/** Blocks of one host and family, at most one for each table. */
export interface Dump {
  readonly blocks: Block[];
}

/** Makes the ruleset of a dump and says what had to be supposed for it. */
export function finishDump(dump: Dump, problems: Problem[]): Ruleset {
  const tables: Table[] = [];
  for (const block of dump.blocks) tables.push(finishBlock(block, problems));
  const ruleset: Ruleset = {
    family: dump.blocks[0]!.family,
    flavour: dump.blocks.some((block) => block.flavour === "nft") ? "nft" : "legacy",
    tables,
  };
  // What a kernel listed it has accepted; commands and what iptables-restore takes it has not seen.
  if (dump.blocks.some((block) => block.form !== "list"))
    for (const refusal of check(ruleset)) {
      const block = dump.blocks.find((one) => one.table === refusal.table)!;
      if (block.form !== "list") problems.push(refusalOf(refusal, block));
    }
  return ruleset;
}

/**
 * The rule stays in the ruleset, so that what is wrong with it can be looked at; the warning says that no kernel has it.
 * iptables-restore refuses the whole table for one such rule, a command is refused alone.
 */
function refusalOf({ code, message, chain, rule }: Refusal, block: Block): Problem {
  const draft = block.chains.get(chain);
  const line = draft?.lines[rule - 1] ?? draft?.line ?? block.line;
  const all = block.form === "save" ? "iptables-restore refuses the whole table for it" : "iptables refuses it";
  return { severity: "warning", code, message: `${message}; ${all}`, line, column: 1 };
}

function finishBlock(block: Block, problems: Problem[]): Table {
  const name = block.table!;
  const say = (severity: Severity, code: string, message: string, line = block.line): void => {
    problems.push({ severity, code, message: `table ${name}: ${message}`, line, column: 1 });
  };
  const { table, missing, undeclared } = buildTable(name, block.chains);
  for (const chain of missing)
    say(
      "warning",
      "missing-chain",
      `chain ${chain.name} is jumped to and not in the text: what goes there is undetermined`,
      chain.line,
    );
  for (const chain of undeclared) {
    if (BUILT_IN[name].includes(chain.name))
      say("info", "assumed-policy", `chain ${chain.name}: its policy is not in the text, taken as ACCEPT`, chain.line);
    else say("info", "undeclared-chain", `chain ${chain.name} is used and not declared`, chain.line);
  }
  const absent = BUILT_IN[name].filter((chain) => !block.chains.has(chain));
  if (absent.length > 0 && absent.length < BUILT_IN[name].length && block.form !== "commands") {
    // Rules without any declaration are a part of a table, as for iptables-restore --noflush, and meant to be one.
    const declares = [...block.chains.values()].some((chain) => chain.policy !== undefined);
    const subject = absent.length === 1 ? `chain ${absent[0]} is` : `chains ${absent.join(", ")} are`;
    say(
      declares ? "warning" : "info",
      "absent-chain",
      `${subject} not in the text: taken as having no rules and the policy ACCEPT`,
    );
  }
  if (block.hidden > 0)
    say(
      "warning",
      "hidden-interface",
      `a listing without -v hides the interfaces (-i, -o) of ${block.hidden} ${block.hidden === 1 ? "rule" : "rules"}; what depends on them is undetermined until they are assumed`,
    );
  return table;
}
