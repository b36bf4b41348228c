import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chainOf, tableOf } from "../../src/iptables/ruleset/ruleset.ts";
import { ruleText } from "../../src/iptables/save/write.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import { istioRules } from "../../src/mesh/istio/rules.ts";
import { istioFixtures } from "../mesh/istio-fixtures.ts";

/** The rules go into a namespace of their own, through the commands that Istio runs. */
const NETNS = `nfwalk-istio-${process.pid}`;
const TABLES = ["raw", "mangle", "nat", "filter"];

const run = (command: string, args: readonly string[], input?: string): string =>
  execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["pipe", "pipe", "pipe"],
    ...(input !== undefined && { input }),
  });
const inside = (command: readonly string[], input?: string) => run("ip", ["netns", "exec", NETNS, ...command], input);

beforeAll(() => {
  run("ip", ["netns", "add", NETNS]);
  inside(["python3", join(import.meta.dirname, "istio_ipset.py")]);
});
afterAll(() => {
  run("ip", ["netns", "del", NETNS]);
});

const groups = (count: number) => Array.from({ length: count }, (_, gid) => gid).join(",");

/** Every setting with the values that change what is written; the first is what others are combined with. */
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  inboundInterceptionMode: ["REDIRECT", "TPROXY"],
  inboundPortsInclude: ["*", "", "80,8443", "8000:8010,http"],
  inboundPortsExclude: ["", "22,15090,"],
  outboundPortsInclude: ["", "443,9000:9010"],
  outboundPortsExclude: ["", "25,domain"],
  outboundIPRangesInclude: ["*", "", "10.1.2.3/8,fd00::1/64", "127.1.0.0/16,::1/128"],
  outboundIPRangesExclude: ["", "10.4.0.0/16,FD00:0::7/128,::ffff:1.2.3.4/128"],
  rerouteVirtualInterfaces: ["", "tap0,tap1"],
  excludeInterfaces: ["", "net+,eth1"],
  ownerGroupsInclude: ["*", "2000,root", "", groups(49)],
  ownerGroupsExclude: ["", "2000-2010,daemon"],
  proxyUID: ["1337", "3,root", "1000-1010"],
  proxyGID: ["", "1,2"],
  hostIPv4LoopbackCidr: ["127.0.0.1/32", "127.0.0.1/8"],
  inboundTProxyMark: ["1337", "4294967295", "0"],
  redirectDNS: [false, true],
  captureAllDNS: [false, true],
  dnsServersV4: [[], ["10.96.0.10", "169.254.20.10"]],
  dnsServersV6: [[], ["fd00::a", "::127.0.0.53"]],
  dropInvalid: [false, true],
  release: ["", "1.19.0"],
};
const AMBIENT: Readonly<Record<string, readonly unknown[]>> = {
  suite: ["cni"],
  redirectDNS: [true, false],
  ingressMode: [false, true],
  virtualInterfaces: [[], ["tap0", "tap1"]],
  dnsProxy: ["unset", "enabled", "disabled"],
  kind: ["inpod", "host"],
};

/** Each pair of values of two settings once, the others at their first value. */
function pairs(choices: Readonly<Record<string, readonly unknown[]>>): IstioSettings[] {
  const first = Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, values[0]]));
  const names = Object.keys(choices);
  const cases = new Map<string, IstioSettings>();
  for (const a of names)
    for (const b of names)
      for (const valueA of choices[a]!)
        for (const valueB of a === b ? [valueA] : choices[b]!) {
          const settings = { ...first, [a]: valueA, [b]: valueB, enableIPv6: true } as IstioSettings;
          cases.set(JSON.stringify(settings), settings);
        }
  return [...cases.values()];
}

const targetOf = (rule: string) => /-j \S+/.exec(rule)?.[0];

/** Chain → its rules, as the kernel gives them back. */
function kernelRules(saved: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  let table = "";
  for (const line of saved.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    const chain = /^-A (\S+) /.exec(line)?.[1];
    if (chain === undefined) continue;
    const key = `${table} ${chain}`;
    chains.set(key, [...(chains.get(key) ?? []), line]);
  }
  return chains;
}

/** The names of the choices above, as every Debian host has them. */
const NAMES = { users: { root: 0 }, groups: { root: 0, daemon: 1 } };

/**
 * Loads the rules into empty tables and compares what the kernel holds, rule by rule: the target, and the whole of the
 * rule's `-S` text where every match of it is modelled. The number of rules that were compared.
 */
function accepted(settings: IstioSettings): number {
  const result = istioIptables(settings, { names: NAMES });
  let count = 0;
  for (const [family, prefix] of [
    ["ipv4", "ip"],
    ["ipv6", "ip6"],
  ] as const) {
    const input = result.text[family];
    if (input === null) continue;
    inside([`${prefix}tables-legacy-restore`], TABLES.map((table) => `*${table}\nCOMMIT\n`).join(""));
    inside([`${prefix}tables-legacy-restore`, "--noflush"], input);
    const kernel = kernelRules(inside([`${prefix}tables-legacy-save`]));
    for (const { table, chain, rule, text } of result.rules.filter((one) => one.family === family)) {
      const held = kernel.get(`${table} ${chain}`)?.[rule - 1] ?? "";
      expect(targetOf(held), `${family} ${table} ${text}`).toBe(targetOf(text));
      const read = chainOf(tableOf(result[family]!, table)!, chain)!.rules[rule - 1]!;
      if (!read.matches.some((match) => match.kind === "unknown"))
        expect(`-A ${chain}${ruleText(read)}`, `${family} ${table} ${text}`).toBe(held);
      count++;
    }
    expect([...kernel.values()].flat()).toHaveLength(result.rules.filter((one) => one.family === family).length);
  }
  return count;
}

describe("iptables-legacy-restore and ip6tables-legacy-restore take the rules, in this order", () => {
  test.each(istioFixtures)("fixture $name", ({ settings }) => {
    expect(accepted(settings)).toBeGreaterThan(0);
  });

  const capture = pairs(CHOICES);
  test(`every pair of a sidecar's settings (${capture.length} rulesets for each family)`, () => {
    for (const settings of capture) expect(accepted(settings)).toBeGreaterThan(0);
  });

  const ambient = pairs(AMBIENT);
  test(`every pair of ambient's settings (${ambient.length} rulesets for each family)`, () => {
    for (const settings of ambient) expect(accepted(settings)).toBeGreaterThan(0);
  });

  test("a group more than the note's limit is one word too many for iptables-restore", () => {
    const of = (count: number): IstioSettings => ({ ownerGroupsInclude: groups(count) });
    const codes = (count: number) => istioRules(of(count)).notes.map((note) => note.code);
    expect(codes(49)).toEqual([]);
    expect(codes(50)).toEqual(["too-many-words"]);
    expect(() => accepted(of(50))).toThrow("Parser cannot handle more arguments");
  });
});
