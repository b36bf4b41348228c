import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/iptables/dump/parse.ts";
import { printCount } from "../../../src/iptables/list/counters.ts";
import { type ListOptions, toList } from "../../../src/iptables/list/write.ts";
import {
  type Chain,
  type Flavour,
  type Ruleset,
  type TableName,
  tableOf,
} from "../../../src/iptables/ruleset/ruleset.ts";
import type { Family } from "../../../src/net/address.ts";
import { chainsOf, DEBIAN, FORMATS } from "./harness.ts";

const GOLDEN = join(FORMATS, "golden");

/** `mixed.v4.legacy/filter.L-n-v-x--line-numbers.txt` */
function listings() {
  if (!existsSync(GOLDEN)) return [];
  const found = [];
  for (const version of readdirSync(GOLDEN).filter((name) => /^\d/.test(name)))
    for (const set of readdirSync(join(GOLDEN, version)))
      for (const file of readdirSync(join(GOLDEN, version, set)))
        if (/\.L/.test(file)) found.push({ version, set, file });
  return found;
}

/** Whether a table holds what is not modelled: its list text cannot come from its save text. */
const hasUnknown = (ruleset: Ruleset, table: TableName): boolean =>
  tableOf(ruleset, table)!.chains.some(({ rules }) =>
    rules.some(({ matches, target }) => [target, ...matches].some((one) => one?.kind === "unknown")),
  );

const cache = new Map<string, Ruleset>();

/** What iptables-save -c printed at the same time. */
function saved(version: string, set: string): Ruleset {
  const path = join(GOLDEN, version, set, "save-c.txt");
  const family: Family = set.includes("v6") ? "ipv6" : "ipv4";
  const names = { users: {}, groups: {} };
  let ruleset = cache.get(path);
  if (ruleset === undefined) {
    ruleset = parse(readFileSync(path, "utf8"), { family, names }).ruleset;
    cache.set(path, ruleset);
  }
  return ruleset;
}

const optionsOf = (file: string): ListOptions => ({
  table: file.slice(0, file.indexOf(".")) as TableName,
  verbose: /-v/.test(file),
  numeric: /-n(?!u)/.test(file),
  exact: /-x/.test(file),
  lineNumbers: file.includes("--line-numbers"),
  names: DEBIAN,
});

/** What a listing with these options can tell of the rules; counters as they are printed. */
function shown(chains: readonly Chain[], { verbose, exact }: ListOptions): unknown {
  const counters = (of: { counters?: Chain["counters"] }) =>
    verbose && [printCount(of.counters?.packets ?? 0, exact), printCount(of.counters?.bytes ?? 0, exact)];
  return chains.map(({ name, policy, rules, ...chain }) => ({
    name,
    policy,
    counters: policy && counters(chain),
    rules: rules.map(({ hidden: _, counters: own, in: into, out, ...rule }) => ({
      ...rule,
      // Which extension it is, and its options, only the other form tells.
      matches: rule.matches.map((match) => (match.kind === "unknown" ? { kind: "unknown" } : match)),
      ...(verbose && { in: into, out }),
      counters: counters(own ? { counters: own } : {}),
    })),
  }));
}

describe.skipIf(!existsSync(GOLDEN))("golden listings (skipped where ../shared is absent)", () => {
  test("are there", () => expect(listings().length).toBeGreaterThan(700));

  test.each(listings())("$version $set $file is read as iptables-save has it", ({ version, set, file }) => {
    const options = optionsOf(file);
    const family: Family = set.includes("v6") ? "ipv6" : "ipv4";
    const text = readFileSync(join(GOLDEN, version, set, file), "utf8");
    const table = tableOf(saved(version, set), options.table!)!;
    expect(shown(chainsOf(text, { family, names: DEBIAN }), options)).toEqual(shown(table.chains, options));
  });

  test.each(listings().filter(({ version }) => version === "1.8.9"))(
    "$set $file is written",
    ({ version, set, file }) => {
      const options = optionsOf(file);
      const flavour: Flavour = set.endsWith("nft") ? "nft" : "legacy";
      const text = readFileSync(join(GOLDEN, version, set, file), "utf8");
      const family: Family = set.includes("v6") ? "ipv6" : "ipv4";
      const read: Ruleset = {
        family,
        flavour,
        tables: [{ name: options.table!, chains: chainsOf(text, { family, names: DEBIAN }) }],
      };
      expect(toList(read, options)).toBe(text);
      const other = { ...saved(version, set), flavour };
      if (!hasUnknown(other, options.table!)) expect(toList(other, options)).toBe(text);
    },
  );
});
