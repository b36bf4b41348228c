import { isShippedTarget, isVerdict } from "../ruleset/target-names.ts";
import { BASE_OPTIONS, type BaseOption, LONG_BASE_OPTIONS } from "./base-options.ts";
import { type ExtensionOption, optionsOf, type Use } from "./use.ts";

/** An option of a loaded extension; `option` is null where the extension is not modelled. */
export interface FoundOption {
  readonly use: Use;
  readonly option: ExtensionOption | null;
  /** What stood behind `=`. */
  readonly attached?: string;
}

/** An option of iptables itself. */
export interface FoundBase {
  readonly base: BaseOption;
  /** What stood behind `=` or directly behind a short option. */
  readonly attached?: string;
  /** Where the next letter stands in a word of several short options. */
  readonly rest?: number;
}

type Found = FoundOption | FoundBase | { readonly ambiguous: readonly string[] };

/** What may have options: the extension loaded last, and the modelled ones, each as it was loaded last, in that order. */
export interface Loaded {
  readonly last: Use | undefined;
  readonly modelled: ReadonlyMap<unknown, Use>;
}

/**
 * Finds what an option word means: exactly or as a unique prefix, in iptables' own options and in those of the loaded
 * extensions, the last one loaded first. `load` may load one more extension if nothing fits. Of a word of several short
 * options the one at `letter` is meant.
 *
 * Source: libxtables/xtables.c, xtables_merge_options, with getopt_long's rules.
 */
export function findOption(
  word: string,
  letter: number,
  { last, modelled: loadedOnes }: Loaded,
  load: () => Use | undefined,
): Found | undefined {
  if (letter > 1 || !word.startsWith("--")) {
    const next = letter + 1;
    const base = BASE_OPTIONS.get(`-${word.charAt(letter)}`);
    if (base === undefined) return last && isOpen(last) && word.length > next ? { use: last, option: null } : undefined;
    if (word.length <= next) return { base };
    return base.value === "none" ? { base, rest: next } : { base, attached: word.slice(next) };
  }
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const attached = equals < 0 ? {} : { attached: word.slice(equals + 1) };
  const exactBase = BASE_OPTIONS.get(name);
  if (exactBase) return { base: exactBase, ...attached };
  const modelled = [...loadedOnes.values()].reverse();
  for (const use of modelled) {
    const option = optionsOf(use.extension!).get(name);
    if (option) return { use, option, ...attached };
  }
  if (last && isOpen(last) && last.text === "" && (last.role === "match" || isShippedTarget(last.name)))
    return { use: last, option: null };
  const guess = abbreviated(name, modelled, attached);
  if (guess) return guess;
  const loaded = load();
  if (loaded && loaded.extension === undefined) return { use: loaded, option: null };
  const option = loaded && optionsOf(loaded.extension!).get(name);
  if (loaded && option) return { use: loaded, option, ...attached };
  const implied = loaded && abbreviated(name, [loaded], attached);
  return implied ?? (last && isOpen(last) ? { use: last, option: null } : undefined);
}

/** An extension that is not modelled may have any option; a plain verdict has none. */
const isOpen = (use: Use): boolean => use.extension === undefined && !(use.role === "target" && isVerdict(use.name));

function abbreviated(name: string, uses: readonly Use[], attached: { readonly attached?: string }): Found | undefined {
  if (name === "--") return undefined;
  const found = new Map<unknown, { readonly name: string; readonly found: Found }>();
  for (const [spelling, base] of LONG_BASE_OPTIONS)
    if (spelling.startsWith(name)) found.set(base.name, { name: spelling, found: { base, ...attached } });
  for (const use of uses)
    for (const [spelling, option] of optionsOf(use.extension!))
      if (spelling.startsWith(name) && !found.has(option.spec))
        found.set(option.spec, { name: spelling, found: { use, option, ...attached } });
  const all = [...found.values()];
  if (all.length > 1) return { ambiguous: all.map((one) => one.name) };
  return all[0]?.found;
}
