import type { Family, Flavour } from "./lab-types.ts";

const BUILTIN: Readonly<Record<string, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

const tool = (family: Family, flavour: Flavour, work: string): string =>
  `ip${family === 6 ? "6" : ""}tables-${flavour}-${work}`;

export const restoreTool = (family: Family, flavour: Flavour): readonly string[] => [tool(family, flavour, "restore")];
export const saveTool = (family: Family, flavour: Flavour): readonly string[] => [tool(family, flavour, "save"), "-c"];

/** The tables that a restore text names. */
export function tablesOf(rules: string): Set<string> {
  return new Set(Array.from(rules.matchAll(/^\*(\w+)/gm), (found) => found[1]!));
}

/** Empty forms of the tables that `rules` does not name, so that nothing of an earlier load is left in them. */
export function emptied(rules: string): string {
  const named = tablesOf(rules);
  return Object.entries(BUILTIN)
    .filter(([table]) => !named.has(table))
    .map(([table, chains]) => `*${table}\n${chains.map((chain) => `:${chain} ACCEPT [0:0]\n`).join("")}COMMIT\n`)
    .join("");
}

/**
 * Whether extensions in the rules keep state under a name (`-m recent --name`, `-m hashlimit --hashlimit-name`). A
 * reload checks the new rules in before it lets go of the old ones, so such a table lives on unless emptied between.
 */
export function keepsNamedState(rules: string): boolean {
  return /-m (recent|hashlimit)\b|-j RATEEST\b/.test(rules);
}
