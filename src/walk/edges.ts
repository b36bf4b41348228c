import type { Ruleset } from "../iptables/ruleset/ruleset.ts";
import { addressText, type Family, type Words } from "../net/address.ts";
import { type Netns, planFor } from "../netns/netns.ts";
import { boundariesOf } from "../predicate/boundaries.ts";
import { effectFacts } from "../predicate/effect.ts";
import { conditionsOf, effectsOf, type Rule, reachableFrom } from "../program/program.ts";

/**
 * The values of a packet at which a namespace may answer otherwise: what its rules name, the neighbours just outside, the
 * ports that targets redirect to, and the namespace's own addresses. Each value once; what is named comes first.
 */
export interface Edges {
  readonly family: Family;
  /** Addresses of this namespace; the first is a packet's usual source, and the last ones are lo's. */
  readonly own: readonly string[];
  readonly src: readonly string[];
  readonly dst: readonly string[];
  readonly sport: readonly number[];
  readonly dport: readonly number[];
  readonly uid: readonly number[];
  readonly gid: readonly number[];
  readonly mark: readonly number[];
  /** Devices on which a packet may arrive; never lo. */
  readonly devices: readonly string[];
}

const known = new WeakMap<readonly Ruleset[], Map<string, Edges>>();

/** The edges of one family, made once for each list of rulesets and host. */
export function edgesOf(netns: Netns, family: Family): Edges {
  let made = known.get(netns.rulesets);
  if (made === undefined) {
    made = new Map();
    known.set(netns.rulesets, made);
  }
  const own = ownAddresses(netns, family);
  const devices = [...netns.host.devices.keys()].filter((name) => name !== "lo");
  const key = JSON.stringify([family, own, devices]);
  let edges = made.get(key);
  if (edges === undefined) {
    edges = collectEdges(netns, family, own, devices);
    made.set(key, edges);
  }
  return edges;
}

function ownAddresses({ host }: Netns, family: Family): string[] {
  const devices = [...host.devices.values()].sort((a, b) => Number(a.name === "lo") - Number(b.name === "lo"));
  return devices.flatMap((device) => device[family].map(({ words }) => addressText(family, words)));
}

function collectEdges(netns: Netns, family: Family, own: readonly string[], devices: readonly string[]): Edges {
  const rules = rulesOf(netns, family);
  const { numbers, addresses } = boundariesOf(
    rules.flatMap((rule) => conditionsOf(rule).map(({ test }) => test)),
    family,
  );
  const text = (all: readonly Words[]): string[] => all.map((words) => addressText(family, words));
  const targets = rules.flatMap(targetPorts);
  const { sport = [], dport = [], uid = [], gid = [], mark = [] } = numbers;
  return {
    family,
    own,
    src: text(addresses.src),
    dst: text(addresses.dst),
    sport,
    dport: [...new Set([...dport, ...targets])],
    uid,
    gid,
    mark,
    devices,
  };
}

/** Every rule that a packet can come to. */
function rulesOf(netns: Netns, family: Family): readonly Rule[] {
  const bases = planFor(netns, family).stages.flatMap((stages) =>
    stages.flatMap((stage) => (stage.kind === "chain" ? [stage.base] : stage.kind === "nat" ? stage.bases : [])),
  );
  return [...reachableFrom(bases.map(({ chain }) => chain))].flatMap(({ rules }) => rules);
}

/** Where REDIRECT, DNAT and TPROXY lead: what happens to a packet that is addressed there itself. */
const targetPorts = (rule: Rule): readonly number[] =>
  effectsOf(rule).flatMap((effect) => effectFacts(effect).ports?.low ?? []);
