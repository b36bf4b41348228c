import { hostPrefix } from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";
import { listReader } from "../extension/list-reader.ts";
import { matches } from "../matches/table.ts";
import type { AddressCondition, Rule, RuleMatch, Ruleset } from "../ruleset/ruleset.ts";
import { readMatchSegment, silentContext } from "../save/segment.ts";

/**
 * The ruleset with every name in it that the table knows: what `parse` had to leave open because nobody said it then.
 * The same object if there is none.
 */
export function resolveNames(ruleset: Ruleset, names: NameTable): Ruleset {
  let found = false;
  const { family } = ruleset;
  const address = (condition: AddressCondition): AddressCondition => {
    if (!("name" in condition.prefix)) return condition;
    // Several addresses would be several rules, which is for `parse` to make.
    const [only, other] = names.hosts(condition.prefix.name, family);
    if (only === undefined || other !== undefined) return condition;
    found = true;
    return { prefix: hostPrefix(only), negated: condition.negated };
  };
  const match = (one: RuleMatch, protocol: number): RuleMatch => {
    if (one.kind !== "unknown" || one.unresolved === undefined) return one;
    const context = { ...silentContext({ family, names }), protocol };
    const read =
      one.save === undefined
        ? readListed(one.list ?? "", context)
        : readMatchSegment(`${one.name}${one.save}`, context);
    if (read === undefined || read.kind === "unknown") return one;
    found = true;
    return read;
  };
  const resolved = (rule: Rule): Rule => ({
    ...rule,
    ...(rule.source && { source: address(rule.source) }),
    ...(rule.destination && { destination: address(rule.destination) }),
    matches: rule.matches.map((one) => match(one, rule.protocol?.number ?? 0)),
  });
  const tables = ruleset.tables.map((table) => ({
    ...table,
    chains: table.chains.map((chain) => ({ ...chain, rules: chain.rules.map(resolved) })),
  }));
  return found ? { ...ruleset, tables } : ruleset;
}

/** The one match that reads the whole of a listing's text. */
function readListed(text: string, context: Parameters<typeof readMatchSegment>[1]): RuleMatch | undefined {
  for (const extension of Object.values(matches)) {
    const reader = listReader(text);
    const read = extension.fromList(reader, context);
    if (read !== undefined && text.slice(reader.at).trim() === "") return read;
  }
  return undefined;
}
