/** What must come out of each kind of dump that people published, whatever its values (dumps/README.md, row by row). */
import { expect } from "vitest";
import {
  followProxies,
  outcomes,
  type Parsed,
  type ParseOptions,
  type Proxy as ProxyProcess,
  parse,
  type Rule,
  send,
  sidecarProxies,
} from "../../src/index.ts";
import type { Names } from "../../src/net/names.ts";
import { APP, endIn, endOf, hitsIn, inbound, type Owner, outbound, PEER, POD, podWith } from "./pod.ts";

const of = (code: string, { diagnostics }: Parsed) => diagnostics.filter((one) => one.code === code);

const rulesOf = ({ ruleset }: Parsed, table: string, chain: string): readonly Rule[] => {
  const found = ruleset.tables.find((one) => one.name === table)?.chains.find((one) => one.name === chain);
  if (found === undefined) throw new Error(`no chain ${table} ${chain}`);
  return found.rules;
};

/** Row 1: a listing with owners by name, then one of its chains once more with `-v`. */
export function outboundOnly(text: string, user: string, id: number): void {
  const owner = { uid: id, gid: id };
  const unnamed = parse(text);
  expect(unnamed.diagnostics.some(({ severity, message }) => severity === "warning" && message.includes(user))).toBe(
    true,
  );
  const parsed = parse(text, { names: { users: { [user]: id }, groups: { [user]: id } }, assume: "istio" });
  expect(parsed.diagnostics.some(({ severity, message }) => severity === "warning" && message.includes(user))).toBe(
    false,
  );
  // What the first copy hides, the second one shows.
  const output = rulesOf(parse(text), "nat", "ISTIO_OUTPUT");
  expect(output.slice(0, 3).map((rule) => rule.out?.pattern)).toEqual(["lo", "lo", undefined]);
  expect(output.some((rule) => rule.hidden)).toBe(false);
  const pod = podWith(parsed.ruleset);
  expect(endIn(pod, outbound(APP, PEER, 80))).toBe("15001");
  expect(endIn(pod, outbound(owner, PEER, 80))).toBe("out eth0");
  // One listener for both directions: ISTIO_IN_REDIRECT goes there too.
  expect(send(pod, outbound(owner, POD, 80)).walk.steps).toContainEqual(
    expect.objectContaining({ chain: "ISTIO_IN_REDIRECT", rule: 1 }),
  );
  expect(endIn(pod, outbound(owner, POD, 80))).toBe("15001");
  expect(endIn(pod, inbound(80))).toBe("80");
}

/** Row 2: a lone chain that spares one port. */
export function sparedPort(text: string, port: number, names?: Names): void {
  const parsed = parse(text, { ...(names && { names }) });
  expect(of("missing-chain", parsed).length).toBeGreaterThan(0);
  const [nat] = parsed.ruleset.tables;
  // The paste has no OUTPUT: the chain is entered from one that the reader puts in front.
  const pod = podWith({
    ...parsed.ruleset,
    tables: [
      {
        name: "nat",
        chains: [
          {
            name: "OUTPUT",
            policy: "ACCEPT",
            rules: [{ matches: [], target: { kind: "jump", chain: "ISTIO_OUTPUT" } }],
          },
          ...nat!.chains.filter((chain) => chain.name !== "OUTPUT"),
        ],
      },
    ],
  });
  // Without a chain that redirects, conntrack is on by decision, so that nat is evaluated.
  const on = { ...pod, conntrackOverride: true };
  expect(endIn(on, outbound(APP, PEER, port))).toBe("out eth0");
  expect(hitsIn(on, outbound(APP, PEER, port), "ISTIO_OUTPUT")).toBe("1");
  const { walk } = send(on, outbound(APP, PEER, port + 1));
  expect(walk.fate).toMatchObject({ kind: "undetermined", because: [{ chain: "ISTIO_REDIRECT", field: "chain" }] });
}

/** Rows 3 and 7: the sidecar's rules in full. `spared` are the inbound ports that are left alone. */
export function sidecar(parsed: Parsed, id: number, spared: readonly number[]): void {
  const envoy: Owner = { uid: id, gid: id };
  const pod = podWith(parsed.ruleset);
  for (const port of [80, 8080, 15000, 9999]) expect(endIn(pod, inbound(port)), `inbound ${port}`).toBe("15006");
  for (const port of spared) expect(endIn(pod, inbound(port)), `inbound ${port}`).toBe(`${port}`);
  expect(endIn(pod, outbound(APP, PEER, 80))).toBe("15001");
  expect(hitsIn(pod, outbound(APP, PEER, 80), "ISTIO_OUTPUT")).toBe("9");
  expect(endIn(pod, outbound(envoy, POD, 80))).toBe("15006");
  expect(endIn(pod, outbound(envoy, PEER, 80))).toBe("out eth0");
  expect(endIn(pod, outbound(envoy, POD, 80, { src: "127.0.0.6" }))).toBe("80");
  expect(hitsIn(pod, outbound(envoy, POD, 80, { src: "127.0.0.6" }), "ISTIO_OUTPUT")).toBe("1");
  expect(endIn(pod, outbound(APP, POD, 80))).toBe("80");
  expect(endIn(pod, outbound(APP, "127.0.0.1", 80))).toBe("80");
}

/** Rows 4 and 11: the sidecar's rules without interfaces. Rule 3 looks unconditional, and is not. */
export function hiddenInterfaces(text: string, id: number, spared: readonly number[]): void {
  const parsed = parse(text);
  expect(of("hidden-interface", parsed)).toHaveLength(1);
  const packet = outbound(APP, PEER, 80);
  const open = podWith(parsed.ruleset);
  const { walk, netns } = send(open, packet);
  expect(walk.fate.kind).toBe("undetermined");
  expect(walk.fate.kind === "undetermined" && walk.fate.because).toContainEqual({
    table: "nat",
    chain: "ISTIO_OUTPUT",
    rule: 3,
    field: "out",
    message: expect.stringMatching(/nat ISTIO_OUTPUT 3: the dump hides the out-interface/),
  });
  expect(netns).toBe(open);
  const ends = outcomes(open, packet);
  expect(new Set(ends.map((one) => endOf(one.walk)))).toEqual(new Set(["15001", "out eth0"]));
  for (const one of ends)
    if (endOf(one.walk) === "15001")
      expect(one.assumptions).toContainEqual(expect.objectContaining({ chain: "ISTIO_OUTPUT", rule: 3, holds: false }));
  const assumed: readonly ParseOptions["assume"][] = [
    "istio",
    "ISTIO_OUTPUT 1,2,3,5,6 out=lo",
    ["ISTIO_OUTPUT 1-3 out=lo", "nat ISTIO_OUTPUT 5,6 out=lo"],
  ];
  for (const assume of assumed) sidecar(parse(text, { assume: assume! }), id, spared);
}

/** Row 5: which rules are live, and what is rounded. */
export function counted(text: string, packets: number, bytes: number): void {
  const parsed = parse(text);
  const rules = rulesOf(parsed, "nat", "ISTIO_OUTPUT");
  expect(rules.flatMap((rule, at) => (rule.counters!.packets ? [at + 1] : []))).toEqual([4, 9]);
  expect(rules[3]!.counters).toEqual({ packets, bytes, rounded: true });
  expect(rules[8]!.counters).not.toHaveProperty("rounded");
  const line = text.split("\n").findIndex((one) => /\d+K/.test(one));
  expect(of("rounded-counter", parsed)).toMatchObject([
    { line: line + 1, column: text.split("\n")[line]!.search(/\d+K/) + 1 },
  ]);
}

/** Row 6: DNS capture with conntrack zones (semantics.md, Z6). */
export function dnsCapture(parsed: Parsed, id: number): void {
  const pod = podWith(parsed.ruleset);
  const resolver = "10.96.0.10";
  const query = (owner: Owner, sport: number): Parameters<typeof send>[1] => ({
    proto: "udp",
    dst: resolver,
    dport: 53,
    sport,
    ...owner,
  });
  const asked = send(pod, query(APP, 40000));
  expect(endOf(asked.walk)).toBe("15053");
  expect(asked.walk.conntrack).toMatchObject({
    zone: 2,
    original: { dst: resolver },
    reply: { src: "127.0.0.1", sport: 15053 },
  });
  expect(endIn(pod, outbound(APP, resolver, 53))).toBe("15053");

  // The agent's answer is found in the same zone and reaches the application as if the resolver had sent it.
  const agent = { uid: id, gid: id };
  const answer = send(asked.netns, { proto: "udp", src: "127.0.0.1", sport: 15053, dst: POD, dport: 40000, ...agent });
  expect(answer.walk.fate).toMatchObject({ kind: "delivered", src: resolver, sport: 53, dst: POD, dport: 40000 });
  expect(answer.walk.conntrack).toMatchObject({ zone: 2, state: "ESTABLISHED" });

  // The agent asks from the application's own port: another zone, so no mix-up; the resolver's answer finds it.
  for (const owner of [agent, { uid: id, gid: 0 }, { uid: 0, gid: id }]) {
    const upstream = send(asked.netns, query(owner, 40000));
    expect(upstream.walk.fate).toMatchObject({ kind: "sent", out: "eth0", dst: resolver, dport: 53 });
    expect(upstream.walk.conntrack).toMatchObject({ zone: 1, state: "NEW" });
    expect([...upstream.netns.conntrack]).toHaveLength(2);
    const back = send(upstream.netns, { proto: "udp", in: "eth0", src: resolver, sport: 53, dst: POD, dport: 40000 });
    expect(back.walk.fate).toMatchObject({ kind: "delivered", dport: 40000 });
    expect(back.walk.conntrack).toMatchObject({ zone: 1, state: "ESTABLISHED" });
  }
  expect(endIn(pod, outbound(APP, PEER, 15020))).toBe("out eth0");
  expect(endIn(pod, outbound(APP, PEER, 15021))).toBe("15001");
}

/** Row 8: commands that are done or refused; each line is spoken about. */
export function commands(text: string): void {
  const parsed = parse(text);
  const said = new Set(parsed.diagnostics.map((one) => one.line));
  for (const [at, line] of text.split("\n").entries())
    if (/^\s*(?:sudo )?iptables /.test(line)) expect(said, `line ${at + 1}: ${line}`).toContain(at + 1);
}

/** Row 9: nothing but four policies and their counters. */
export function emptyNat(parsed: Parsed, counters: readonly (readonly [number, number])[]): void {
  expect(parsed.ruleset.tables.map((table) => table.name)).toEqual(["nat"]);
  expect(
    parsed.ruleset.tables[0]!.chains.map(({ name, policy, rules, counters }) => [name, policy, rules.length, counters]),
  ).toEqual(
    ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"].map((name, at) => [
      name,
      "ACCEPT",
      0,
      { packets: counters[at]![0], bytes: counters[at]![1] },
    ]),
  );
}

/** Row 10: one inbound port, and no rule for 127.0.0.6. */
export function firstReleases(text: string, user: string, id: number, port: number): void {
  const names = { users: { [user]: id }, groups: { [user]: id } };
  const pod = podWith(parse(text, { names, assume: "istio" }).ruleset);
  expect(endIn(pod, inbound(port))).toBe("15001");
  expect(endIn(pod, inbound(port + 1))).toBe(`${port + 1}`);
  expect(hitsIn(pod, inbound(port), "ISTIO_IN_REDIRECT")).toBe("1");
  const following = followProxies(pod, inbound(port), sidecarProxies({ uid: id, gid: id }));
  expect(following.end).toBe("loop");
  expect(following.loop).toHaveLength(1);
  const [again] = following.loop!;
  expect(again!.packet).toMatchObject({ dst: POD, dport: port, uid: id });
  expect(again!.walk.steps).toContainEqual(expect.objectContaining({ chain: "ISTIO_OUTPUT", rule: 1 }));
  // What Envoy did then: it handed inbound connections over at localhost.
  const toLocalhost: ProxyProcess = {
    name: "Envoy",
    port: 15001,
    uid: id,
    gid: id,
    destination: { address: "127.0.0.1", port },
  };
  expect(followProxies(pod, inbound(port), [toLocalhost]).end).toBe("application");
}
