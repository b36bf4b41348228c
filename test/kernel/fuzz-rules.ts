import { conditions, type Place } from "./fuzz-matches.ts";
import type { Random } from "./fuzz-random.ts";
import { target } from "./fuzz-targets.ts";
import type { Family } from "./lab-types.ts";

const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

/** Hooks that the chains of one's own may be reached from: what restricts matches and targets least and most. */
const REACHES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  raw: [["PREROUTING"], ["OUTPUT"], ["PREROUTING", "OUTPUT"]],
  mangle: [["PREROUTING"], ["OUTPUT"], ["PREROUTING", "INPUT"], ["OUTPUT", "POSTROUTING"], HOOKS["mangle"]!],
  nat: [["PREROUTING", "OUTPUT"], ["OUTPUT"], ["POSTROUTING"], ["POSTROUTING", "INPUT"], HOOKS["nat"]!],
  filter: [["INPUT"], ["OUTPUT"], HOOKS["filter"]!],
  security: [["OUTPUT"], HOOKS["security"]!],
};

interface DrawnChain {
  readonly name: string;
  readonly place: Place;
}

/** Chains jump only to later ones, so there is no loop, and only to chains that may be reached from all their hooks. */
function jumpTargets(chains: readonly DrawnChain[], at: number): readonly DrawnChain[] {
  const { place } = chains[at]!;
  return chains
    .slice(at + 1)
    .filter((one) => !one.place.builtin && place.hooks.every((hook) => one.place.hooks.includes(hook)));
}

function rule(random: Random, chains: readonly DrawnChain[], at: number): string {
  const { name, place } = chains[at]!;
  const jumps = jumpTargets(chains, at);
  if (jumps.length > 0 && random.chance(place.builtin ? 0.45 : 0.25)) {
    const flag = random.chance(0.2) ? "-g" : "-j";
    return `-A ${name}${conditions(random, place).text} ${flag} ${random.pick(jumps).name}`;
  }
  if (random.chance(0.06)) return `-A ${name}${conditions(random, place).text}`;
  const drawn = target(random, place);
  return `-A ${name}${conditions(random, place, drawn.proto).text} -j ${drawn.text}`;
}

/**
 * Rules that mean something only together, and so would seldom be drawn: marks that route, and connection marks that are
 * kept and taken back in part.
 */
function idioms(random: Random, family: Family, name: string): readonly string[] {
  if (name !== "mangle") return [];
  const from = (chain: string): string => {
    const place: Place = { family, table: name, builtin: true, hooks: [chain] };
    return `-A ${chain}${random.chance(0.6) ? "" : conditions(random, place).text}`;
  };
  const masks = `--nfmask ${random.pick(["0xff", "0xf000"])} --ctmask ${random.pick(["0xff", "0xfff"])}`;
  const lines: string[] = [];
  if (random.chance(0.5))
    lines.push(`${from("OUTPUT")} -j MARK --set-xmark ${random.pick(["0x1/0x1", "0x539/0xffffffff"])}`);
  if (random.chance(0.25)) {
    const set = from("PREROUTING");
    // iptables takes the --mark of a second `-m mark` behind `-m connmark` for the latter's, and refuses it.
    const unmarked = set.includes("-m connmark") ? "" : " -m mark --mark 0x0";
    lines.push(`${set}${unmarked} -j CONNMARK --set-xmark ${random.pick(["0x539", "0x1111"])}`);
    lines.push(`${from(random.pick(["INPUT", "POSTROUTING"]))} -j CONNMARK --save-mark ${masks}`);
    lines.push(`${from(random.pick(["PREROUTING", "OUTPUT", "INPUT"]))} -j CONNMARK --restore-mark ${masks}`);
  }
  return lines;
}

const policy = (random: Random): string => (random.chance(0.04) ? "DROP" : "ACCEPT");

function table(random: Random, family: Family, name: string, busy: boolean): string {
  const hooks = HOOKS[name]!;
  const chains: DrawnChain[] = hooks.map((hook) => ({
    name: hook,
    place: { family, table: name, builtin: true, hooks: [hook] },
  }));
  const own = busy ? random.int(1, 4) : 0;
  for (let made = 0; made < own; made++)
    chains.push({
      name: `${name.toUpperCase()}_${made}`,
      place: { family, table: name, builtin: false, hooks: random.pick(REACHES[name]!) },
    });
  const lines = chains.map((chain) => `:${chain.name} ${chain.place.builtin ? policy(random) : "-"} [0:0]`);
  for (const [at, chain] of chains.entries()) {
    const count = busy ? random.int(0, chain.place.builtin ? 3 : 4) : 0;
    for (let made = 0; made < count; made++) lines.push(rule(random, chains, at));
  }
  lines.push(...idioms(random, family, name));
  return `*${name}\n${lines.join("\n")}\nCOMMIT\n`;
}

/** Random rules over all tables, in the form of `iptables-save`; each table has rules about every second time. */
export function mixedRules(random: Random, family: Family): string {
  return Object.keys(HOOKS)
    .map((name) => table(random, family, name, random.chance(name === "nat" ? 0.85 : 0.5)))
    .join("");
}
