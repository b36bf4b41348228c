/** What an option that belongs to iptables itself says. */
export type BaseName =
  | "source"
  | "destination"
  | "in"
  | "out"
  | "protocol"
  | "fragment"
  | "match"
  | "jump"
  | "goto"
  | "counters"
  | "table"
  | "append"
  | "insert"
  | "new"
  | "policy"
  | "list"
  | "rules"
  | "other"
  | "ignored";

/** An option of iptables itself: its spellings, and whether one value, several or none follow. */
export interface BaseOption {
  readonly name: BaseName;
  /** Canonical spelling, for messages. */
  readonly flag: string;
  readonly value: "none" | "one" | "optional" | "own";
}

/**
 * `short long… : name : value`. `own` values are taken by the reader itself; `other` are commands that change or show
 * rules in a way that a dump never does.
 *
 * Source: iptables/iptables.c, original_opts, and xshared.h, OPTSTRING_COMMON.
 */
const DECLARED: readonly (readonly [flags: string, name: BaseName, value: BaseOption["value"]])[] = [
  ["-s --source --src", "source", "one"],
  ["-d --destination --dst", "destination", "one"],
  ["-i --in-interface", "in", "one"],
  ["-o --out-interface", "out", "one"],
  ["-p --protocol", "protocol", "one"],
  ["-f --fragments", "fragment", "none"],
  ["-m --match", "match", "one"],
  ["-j --jump", "jump", "one"],
  ["-g --goto", "goto", "one"],
  ["-c --set-counters", "counters", "own"],
  ["-t --table", "table", "one"],
  ["-A --append", "append", "one"],
  ["-I --insert", "insert", "own"],
  ["-N --new-chain", "new", "one"],
  ["-P --policy", "policy", "own"],
  ["-L --list", "list", "optional"],
  ["-S --list-rules", "rules", "optional"],
  ["-D --delete", "other", "optional"],
  ["-C --check", "other", "optional"],
  ["-R --replace", "other", "optional"],
  ["-F --flush", "other", "optional"],
  ["-Z --zero", "other", "optional"],
  ["-X --delete-chain", "other", "optional"],
  ["-E --rename-chain", "other", "optional"],
  ["-h --help", "other", "optional"],
  ["-V --version", "other", "none"],
  ["-n --numeric", "ignored", "none"],
  ["-v --verbose", "ignored", "none"],
  ["-x --exact", "ignored", "none"],
  ["-4 --ipv4", "ignored", "none"],
  ["-6 --ipv6", "ignored", "none"],
  ["-w --wait", "ignored", "optional"],
  ["-W --wait-interval", "ignored", "optional"],
  ["-M --modprobe", "ignored", "one"],
  ["--line-numbers", "ignored", "none"],
];

/** Every base option by each of its spellings, dashes included. */
export const BASE_OPTIONS: ReadonlyMap<string, BaseOption> = new Map(
  DECLARED.flatMap(([flags, name, value]) => {
    const spellings = flags.split(" ");
    return spellings.map((spelling) => [spelling, { name, flag: spellings[0]!, value }] as const);
  }),
);

/** The long spellings, which may be abbreviated. */
export const LONG_BASE_OPTIONS: readonly (readonly [string, BaseOption])[] = [...BASE_OPTIONS].filter(([spelling]) =>
  spelling.startsWith("--"),
);
