import { fileURLToPath } from "node:url";
import { type Columns, readChainHeader, readColumns, readRow } from "../../../src/iptables/list/read.ts";
import type { Chain, Rule } from "../../../src/iptables/ruleset/ruleset.ts";
import type { Family } from "../../../src/net/address.ts";
import { BUILT_IN_NAMES, type NameTable } from "../../../src/net/names.ts";

/** Where the golden files and formats.tsv are, if they are there. */
export const FORMATS: string = fileURLToPath(new URL("../../../../shared/formats/", import.meta.url));

/** The host on which those were made: `localhost` is 127.0.0.1 only, and Debian's first system groups. */
export const DEBIAN: NameTable = {
  ...BUILT_IN_NAMES,
  hostName: (address) => (address === "127.0.0.1" ? "localhost" : undefined),
  user: (name) => ({ root: 0, daemon: 1, bin: 2, sys: 3 })[name],
  group: (name) => ({ root: 0, daemon: 1, bin: 2, sys: 3, tty: 5 })[name],
  userName: (uid) => ["root", "daemon", "bin", "sys"][uid],
  groupName: (gid) => ["root", "daemon", "bin", "sys", "adm", "tty"][gid],
};

/** One thing that was said, with the text that it points to. */
export interface Said {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
  readonly cited: string;
}

interface RowOptions {
  readonly columns?: Columns;
  readonly family?: Family;
  readonly names?: NameTable;
  readonly chains?: ReadonlySet<string>;
}

const VERBOSE: Columns = { lineNumbers: false, verbose: true };

/** Reads one row and collects what is said about it. */
export function rowOf(line: string, options: RowOptions = {}): { rule: Rule | undefined; said: Said[] } {
  const said: Said[] = [];
  const rule = readRow(line, options.columns ?? VERBOSE, {
    family: options.family ?? "ipv4",
    names: options.names ?? BUILT_IN_NAMES,
    ...(options.chains && { chains: options.chains }),
    problem(code, severity, message, column, length) {
      said.push({ code, severity, message, cited: line.slice(column - 1, column - 1 + length) });
    },
  });
  return { rule, said };
}

/** Reads a listing that has nothing around it; throws on a line that is not understood. */
export function chainsOf(text: string, options: Omit<RowOptions, "columns"> = {}): Chain[] {
  const chains: (Chain & { readonly rules: Rule[] })[] = [];
  let columns: Columns | undefined;
  const names = new Set([...text.matchAll(/^Chain (\S+) \(\d+ references\)$/gm)].map((found) => found[1]!));
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const header = readChainHeader(line);
    if (header) {
      const { references: _, ...chain } = header;
      chains.push({ ...chain, rules: [] });
      continue;
    }
    const found = readColumns(line);
    if (found) columns = found;
    else {
      const { rule } = rowOf(line, { chains: names, ...options, columns: columns! });
      if (rule === undefined) throw new Error(`not a row: ${line}`);
      chains.at(-1)!.rules.push(rule);
    }
  }
  return chains;
}
