import { ConntrackTable } from "../conntrack/table.ts";
import { type Host, readHost } from "../host/host.ts";
import type { SetTable } from "../host/sets/ip-set.ts";
import { readSets } from "../host/sets/read.ts";
import { resolveNames } from "../iptables/dump/resolve-names.ts";
import { lower } from "../iptables/lower/lower.ts";
import type { Ruleset } from "../iptables/ruleset/ruleset.ts";
import type { Family } from "../net/address.ts";
import { type NameTable, nameTable } from "../net/names.ts";
import type { Program } from "../program/program.ts";
import { type CounterLog, NO_COUNTS } from "./counters.ts";
import { type Plan, planOf } from "./plan.ts";
import { NETNS } from "./shapes.ts";
import type { NetnsSpec } from "./spec.ts";

/**
 * A network namespace, as a value: `send` gives the next one and leaves this one as it is.
 *
 * `rulesets` and `host` stay the same for ever; `conntrack`, `counters`, `matchState` and `sets` are what packets change.
 */
export interface Netns {
  /** In the order in which they were loaded: at most one per family and flavour. */
  readonly rulesets: readonly Ruleset[];
  readonly host: Host;
  readonly names: NameTable;
  /** Iterates over the confirmed entries. */
  readonly conntrack: ConntrackTable;
  /** What the packets so far have added to the rules' counters. */
  readonly counters: CounterLog;
  /** Memory of stateful matches. */
  readonly matchState: ReadonlyMap<string, unknown>;
  /** The ipsets by name; null: what there are is not said. */
  readonly sets: SetTable | null;
  /** What the spec says about conntrack being attached; undefined: as the rules imply. */
  readonly conntrackOverride: boolean | undefined;
}

/**
 * A namespace of rules and a host. Every member of the spec is optional, see {@link NetnsSpec}.
 *
 * @throws TypeError naming the member that is wrong, ParseError for text of `sets` that ipset would not take
 */
export function createNetns(spec: NetnsSpec = {}): Netns {
  NETNS(spec, "netns");
  const host = readHost(spec, "netns");
  const names = nameTable(spec.names);
  const rulesets = spec.rulesets ?? [];
  return {
    rulesets: spec.names === undefined ? rulesets : rulesets.map((ruleset) => resolveNames(ruleset, names)),
    host,
    names,
    conntrack: ConntrackTable.empty,
    counters: NO_COUNTS,
    matchState: new Map(),
    sets: spec.sets === undefined ? null : readSets(spec.sets, names),
    conntrackOverride: spec.conntrack,
  };
}

/** The programs that packets meet, in the order in which they were loaded. */
export const programsOf = ({ rulesets }: Pick<Netns, "rulesets">): readonly Program[] => rulesets.map(lower);

/** The plans of one list of rulesets: made when first asked for, for each family. */
interface Plans {
  readonly conntrackOverride: boolean | undefined;
  ipv4: Plan | null;
  ipv6: Plan | null;
}

const plans = new WeakMap<readonly Ruleset[], Plans>();

/** What packets of one family meet in a namespace; made once for each list of rulesets. */
export function planFor(netns: Netns, family: Family): Plan {
  const { rulesets, conntrackOverride } = netns;
  let made = plans.get(rulesets);
  if (made === undefined || made.conntrackOverride !== conntrackOverride) {
    made = { conntrackOverride, ipv4: null, ipv6: null };
    plans.set(rulesets, made);
  }
  made[family] ??= planOf(programsOf(netns), family, conntrackOverride);
  return made[family];
}
