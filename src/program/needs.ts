import { effectFacts } from "../predicate/effect.ts";
import type { Predicate } from "../predicate/predicate.ts";
import { isCondition, type Program, type Rule, reachableFrom } from "./program.ts";

/** Extensions that read the conntrack entry, of those that are kept as facts. */
const READS_ENTRY: ReadonlySet<string> = new Set(["connbytes", "helper", "connlabel"]);

/**
 * Whether the rules of a program make the kernel attach conntrack to the namespace (H5): derived from what they ask and do,
 * so that no extension need say it. In a chain of type nat, what a target that is not known does, or a chain that is not
 * shown, can hardly be but to translate.
 */
export function wantsConntrack(program: Program): boolean {
  if (program.chains.some(({ rules }) => rules.some(needsConntrack))) return true;
  const nat = program.bases.filter(({ type }) => type === "nat").map(({ chain }) => chain);
  for (const { missing, rules } of reachableFrom(nat))
    if (missing || rules.some(({ body }) => body.some((part) => !isCondition(part) && part.kind === "unknown")))
      return true;
  return false;
}

/** Whether conntrack must be there for one rule. */
const needsConntrack = ({ body }: Rule): boolean =>
  body.some((part) => (isCondition(part) ? asksEntry(part.test) : effectFacts(part).conntrack));

function asksEntry(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case "all":
    case "any":
      return predicate.of.some(asksEntry);
    case "state":
    case "entryRange":
    case "entryBits":
    case "entryPrefix":
      return true;
    case "has":
      return predicate.what === "entry";
    case "name":
      return predicate.field === "helper";
    case "memory":
      return predicate.memory.memory === "connlimit";
    case "atom":
      return READS_ENTRY.has(predicate.subject);
    default:
      return false;
  }
}
