import {
  createNetns,
  type Fate,
  type Flavour,
  type Netns,
  type NetnsSpec,
  type PacketSpec,
  parse,
  type Ruleset,
  type SendOptions,
  send,
  type Walk,
} from "../../src/index.ts";

/** Built-in chains of each table, as a restore names them. */
const CHAINS: Readonly<Record<string, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
  security: ["INPUT", "FORWARD", "OUTPUT"],
};

/** One line for each table that shows without changing anything that a packet came through its chains. */
export const ALL_TABLES = "raw\nmangle\nnat\nfilter\nsecurity";

/** The two devices of the host that the rules are tried on; `10.0.0.3` is secondary. */
export const HOST: NetnsSpec = {
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
    { name: "eth0", addresses: ["10.0.0.2/24", "10.0.0.3/24", "fd00::2/64"] },
    { name: "eth1", addresses: ["192.168.7.1/24", "fd00:7::1/64"] },
  ],
  routes: [
    { to: "default", via: "10.0.0.1", dev: "eth0" },
    { to: "default", via: "fd00::1", dev: "eth0" },
  ],
};

/** The host as a router. */
export const ROUTER: NetnsSpec = {
  ...HOST,
  sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 },
};

export interface Setting extends NetnsSpec {
  readonly family?: "ipv4" | "ipv6";
  readonly flavour?: Flavour;
}

/**
 * Rules in save text, each line with its table in front: `nat -A OUTPUT …`; `filter :INPUT DROP` sets a policy, a table's
 * name alone loads it empty. User chains need no declaration.
 */
export function rulesOf(text: string, setting: Setting = {}): Ruleset {
  const tables = new Map<string, { policies: Map<string, string>; rules: string[] }>();
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const [, name, rest] = /^(\w+)\s*(.*)$/.exec(line) as unknown as [string, string, string];
    let table = tables.get(name);
    if (table === undefined) {
      table = { policies: new Map((CHAINS[name] ?? []).map((chain) => [chain, "ACCEPT"])), rules: [] };
      tables.set(name, table);
    }
    const [, policyChain, policy] = /^:(\S+) (\S+)$/.exec(rest) ?? [];
    const [, chain] = /^-A (\S+)/.exec(rest) ?? [];
    if (policyChain !== undefined) table.policies.set(policyChain, policy!);
    else if (chain !== undefined) {
      if (!table.policies.has(chain)) table.policies.set(chain, "-");
      table.rules.push(rest);
    }
  }
  const dump = [...tables].map(([name, { policies, rules }]) =>
    [`*${name}`, ...[...policies].map(([chain, policy]) => `:${chain} ${policy} [0:0]`), ...rules, "COMMIT"].join("\n"),
  );
  const family = setting.family ?? "ipv4";
  return { ...parse(`${dump.join("\n")}\n`, { family }).ruleset, family, flavour: setting.flavour ?? "legacy" };
}

/** A namespace on {@link HOST} with these rules. */
export function world(rules: string, setting: Setting = {}): Netns {
  const { family: _, flavour: __, ...host } = setting;
  return createNetns({ ...HOST, rulesets: [rulesOf(rules, setting)], ...host });
}

/** One packet after another; `ends` are the fates in words, `hits` the rules that matched, `all` with policies too. */
export interface Seen {
  readonly walks: readonly Walk[];
  readonly ends: readonly string[];
  readonly hits: readonly (readonly string[])[];
  readonly all: readonly (readonly string[])[];
  readonly states: readonly (string | null)[];
  readonly netns: Netns;
}

export type Timed = string | PacketSpec | readonly [time: number, packet: string | PacketSpec];

/** Sends packets one after another. A pair gives the second at which its packet is sent. */
export function run(netns: Netns, packets: readonly Timed[], options: SendOptions = {}): Seen {
  const walks: Walk[] = [];
  let now = netns;
  for (const one of packets) {
    const [time, packet] = Array.isArray(one) ? (one as [number, PacketSpec]) : [options.time ?? 0, one as PacketSpec];
    const { walk, netns: after } = send(now, packet, { ...options, time });
    walks.push(walk);
    now = after;
  }
  return {
    walks,
    ends: walks.map((walk) => endOf(walk.fate)),
    hits: walks.map((walk) => stepsOf(walk).filter((step) => !step.endsWith("policy"))),
    all: walks.map(stepsOf),
    states: walks.map((walk) => walk.conntrack?.state ?? null),
    netns: now,
  };
}

/** {@link run} for rules in {@link rulesOf}'s form. */
export const tryOut = (rules: string, packets: readonly Timed[], setting: Setting = {}): Seen =>
  run(world(rules, setting), packets);

/** `"nat OUTPUT 1"`, `"filter INPUT policy"`. */
export const stepsOf = (walk: Walk): string[] =>
  walk.steps.map((step) => `${step.table} ${step.chain} ${"rule" in step ? step.rule : "policy"}`);

/** The fate in one line: `delivered lo 10.0.0.2:40000 -> 127.0.0.1:80`, with ` mark 5` only where there is a mark. */
function endOf(fate: Fate): string {
  switch (fate.kind) {
    case "delivered":
    case "sent": {
      const port = (one: number | undefined) => (one === undefined ? "" : `:${one}`);
      const device = fate.kind === "delivered" ? fate.in : fate.out;
      const mark = fate.mark === 0 ? "" : ` mark ${fate.mark}`;
      return `${fate.kind} ${device} ${fate.src}${port(fate.sport)} -> ${fate.dst}${port(fate.dport)}${mark}`;
    }
    case "dropped":
    case "queued":
      return `${fate.kind} ${fate.table} ${fate.chain} ${fate.rule ?? "policy"}`;
    case "answered":
      return `answered ${fate.with} ${fate.table} ${fate.chain} ${fate.rule}`;
    case "rejected":
      return `rejected ${fate.with} ${fate.table} ${fate.chain} ${fate.rule}`;
    case "unroutable":
      return `unroutable ${fate.hook} ${fate.reason}`;
    case "undetermined":
      return `undetermined ${fate.because.map((one) => one.field ?? one.extension).join(" ")}`;
  }
}

/** An entry as `original | reply` in words. */
export const entries = (netns: Netns): string[] =>
  [...netns.conntrack].map(({ original, reply }) => `${tupleText(original)} | ${tupleText(reply)}`);

function tupleText(tuple: { readonly src: string; readonly dst: string }): string {
  const { src, dst, sport, dport } = tuple as { src: string; dst: string; sport?: number; dport?: number };
  return sport === undefined ? `${src} -> ${dst}` : `${src}:${sport} -> ${dst}:${dport}`;
}
