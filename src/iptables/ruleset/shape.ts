import { anything, listOf, oneOf, type Shape, shapeOf, text, thatIs, unfit } from "../../text/shape.ts";
import { type Chain, type Ruleset, TABLES, type Table } from "./ruleset.ts";

const CHAIN: Shape = shapeOf<Chain>(
  {
    name: text("the chain's name"),
    policy: thatIs("ACCEPT, DROP or null", (value) => value === null || value === "ACCEPT" || value === "DROP"),
    counters: anything,
    // Rules are many, and come from the readers.
    rules: thatIs("a list of rules", Array.isArray),
    missing: anything,
  },
  ["name", "policy", "rules"],
);

const TABLE: Shape = shapeOf<Table>({ name: oneOf(...TABLES), chains: listOf(CHAIN) }, ["name", "chains"]);

const RULESET: Shape = shapeOf<Ruleset>(
  { family: oneOf("ipv4", "ipv6"), flavour: oneOf("legacy", "nft"), tables: listOf(TABLE) },
  ["family", "flavour", "tables"],
);

/** A ruleset down to its chains; what is often given in its place is named. */
const ruleset: Shape = (value, where) => {
  if (typeof value === "string") unfit(where, "a ruleset", value, "parse(text).ruleset makes one of a text");
  if (typeof value === "object" && value !== null && "ruleset" in value)
    throw new TypeError(`${where}: expected a ruleset, got what parse returns; give its member ruleset`);
  RULESET(value, where);
};

/** The rulesets of one namespace: at most one of each family and flavour. */
export const RULESETS: Shape = (value, where) => {
  listOf(ruleset)(value, where);
  const seen = new Map<string, number>();
  for (const [at, { family, flavour }] of (value as readonly Ruleset[]).entries()) {
    const kind = `${flavour} ${family}`;
    const before = seen.get(kind);
    if (before !== undefined)
      throw new TypeError(
        `${where}[${at}]: expected one ruleset of a family and flavour, got a second of ${kind} (the first is ${where}[${before}])`,
      );
    seen.set(kind, at);
  }
};
