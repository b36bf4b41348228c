/**
 * Loop freedom as a property: whatever the flags of istio-iptables and whatever the connection, no packet comes back to
 * Envoy for ever. Then each way to break it, found by fast-check, shrunk to the simplest connection, and explained.
 */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meshSettings, packets } from "../src/fast-check.ts";
import { followProxies, type Netns, type PacketSpec, type Proxy as Relay, sidecarProxies } from "../src/index.ts";
import type { IstioSettings } from "../src/mesh/istio/config.ts";
import "../src/vitest.ts";
import { edited, envoy, pod, podWith, USUAL } from "./questions/pod.ts";

const SEED = 20;
const opening = { opening: true, protocols: ["tcp", "udp"] } as const;

/** The first connection that fast-check finds to go round, made as simple as it can be; null if all end. */
function simplestLoop(netns: Netns, proxies: readonly Relay[], numRuns = 2000): PacketSpec | null {
  const ends = (packet: PacketSpec): boolean => followProxies(netns, packet, proxies).end !== "loop";
  const { counterexample } = fc.check(fc.property(packets(netns, opening), ends), { seed: SEED, numRuns });
  return counterexample?.[0] ?? null;
}

/** What `toBeLoopFree` says about it. */
function explanation(netns: Netns, packet: PacketSpec, proxies: readonly Relay[]): string {
  try {
    expect({ netns, packet }).toBeLoopFree(proxies);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("expected a loop");
}

describe("the standard rules", () => {
  test("with the usual flags: no connection that the rules tell apart goes round", () => {
    expect(pod()).toBeLoopFree(envoy());
    expect(simplestLoop(pod(), envoy())).toBeNull();
  });

  test("with any flags, REDIRECT: none", () => {
    const drawn = meshSettings({ fixed: { inboundInterceptionMode: "REDIRECT" } });
    fc.assert(
      fc.property(drawn, (settings) => {
        const netns = pod(settings);
        const some = fc.sample(packets(netns, opening), { seed: SEED, numRuns: 40 });
        expect(netns).toBeLoopFree({ proxies: envoy(settings), packets: some });
      }),
      { seed: SEED, numRuns: 120 },
    );
  });

  test("with any flags, TPROXY: none, but for the two that take away rule 3", () => {
    const drawn = meshSettings({ fixed: { inboundInterceptionMode: "TPROXY" } }).filter(
      ({ redirectDNS, outboundIPRangesInclude = "" }) =>
        redirectDNS !== true && !/(^|,)(127|0)\./.test(outboundIPRangesInclude),
    );
    fc.assert(
      fc.property(drawn, (settings) => {
        const netns = pod(settings);
        const some = fc.sample(packets(netns, opening), { seed: SEED, numRuns: 40 });
        expect(netns).toBeLoopFree({ proxies: envoy(settings), packets: some });
      }),
      { seed: SEED, numRuns: 120 },
    );
  });
});

/** A broken pod, the simplest connection that loops in it, and the rule that closes the loop. */
interface Variant {
  readonly name: string;
  readonly netns: Netns;
  readonly proxies: readonly Relay[];
  readonly simplest: PacketSpec;
  readonly closedBy: string;
}

const OWN = "10.244.1.10";
const owner = { uid: 1000, gid: 1000 };
const PASSTHROUGH = "-s 127.0.0.6/32 -o lo -j RETURN";

/** Exchanges a rule with the one behind it. */
const swapped = (netns: Netns, at: number): Netns =>
  edited(netns, (lines) =>
    lines.map((line, index) => lines[index === at ? at + 1 : index === at + 1 ? at : index] ?? line),
  );

/** The first releases: port 9080 only, one port for both directions, and no word of 127.0.0.6. */
const FIRST_RELEASES = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:ISTIO_INBOUND - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp -m tcp --dport 9080 -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -j ISTIO_REDIRECT
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;
const EARLY_ENVOY: readonly Relay[] = [
  { name: "Envoy", port: 15001, uid: 1337, gid: 1337, destination: "original", refuses: [15001] },
];

const withSource = (ipv4: string): readonly Relay[] =>
  envoy().map((relay) => (relay.port === 15006 ? { ...relay, source: { ipv4 } } : relay));

/** Any connection from outside; 192.0.2.1 is nobody's address. */
const fromOutside: PacketSpec = { proto: "tcp", src: "192.0.2.1", dst: OWN, dport: 80, in: "eth0" };

const variants: readonly Variant[] = [
  {
    name: "rule 1 removed",
    netns: edited(pod(), (lines) => lines.filter((line) => !line.includes(PASSTHROUGH))),
    proxies: envoy(),
    simplest: fromOutside,
    closedBy: "nat ISTIO_OUTPUT 1",
  },
  {
    name: "Envoy bound to the pod's own address",
    netns: pod(),
    proxies: withSource(OWN),
    simplest: fromOutside,
    closedBy: "nat ISTIO_OUTPUT 2",
  },
  {
    name: "Envoy not running as 1337",
    netns: pod(),
    proxies: sidecarProxies({ uid: 1001, gid: 1001 }),
    simplest: { proto: "tcp", dst: "192.0.2.1", dport: 80, ...owner },
    closedBy: "nat ISTIO_OUTPUT 9",
  },
  {
    name: "the first releases, Envoy going to the pod's address",
    netns: podWith(FIRST_RELEASES),
    proxies: EARLY_ENVOY,
    simplest: { proto: "tcp", dst: OWN, dport: 80, ...owner },
    closedBy: "nat ISTIO_OUTPUT 1",
  },
  {
    name: "rules 1 and 2 exchanged",
    netns: edited(pod(), (lines) => {
      const at = lines.findIndex((line) => line.includes(PASSTHROUGH));
      return [...lines.slice(0, at), lines[at + 1]!, lines[at]!, ...lines.slice(at + 2)];
    }),
    proxies: envoy(),
    simplest: fromOutside,
    closedBy: "nat ISTIO_OUTPUT 1",
  },
];

describe.each(variants)("$name", ({ netns, proxies, simplest, closedBy }) => {
  test("is found, and shrinks to the simplest connection", () => {
    expect(simplestLoop(netns, proxies)).toEqual(simplest);
  });

  test("is explained by the rule that closes it", () => {
    const { loop } = followProxies(netns, simplest, proxies);
    expect(loop).not.toBeNull();
    expect(loop!.at(-1)!.walk).toBeDecidedBy(closedBy);
    const text = explanation(netns, simplest, proxies);
    expect(text).toMatch(/comes back after \d hops?:/);
    expect(text).toContain(`to which ${closedBy} led`);
    expect(text).toContain("REDIRECT --to-ports");
  });
});

test("the first releases worked while Envoy went to 127.0.0.1", () => {
  const toLoopback = EARLY_ENVOY.map((relay) => ({ ...relay, destination: { address: "127.0.0.1", port: 9080 } }));
  const inbound = { proto: "tcp", src: "10.244.1.20", dst: OWN, dport: 9080, in: "eth0" };
  expect({ netns: podWith(FIRST_RELEASES), packet: inbound }).toReachApplication(toLoopback);
  expect({ netns: podWith(FIRST_RELEASES), packet: inbound }).not.toBeLoopFree(EARLY_ENVOY);
});

test("of all exchanges of two neighbouring rules only the first two of ISTIO_OUTPUT loop", () => {
  const netns = pod();
  let lines: readonly string[] = [];
  edited(netns, (all) => {
    lines = all;
    return all;
  });
  const chainAt = (at: number): string | undefined => /^-A (\S+)/.exec(lines[at] ?? "")?.[1];
  const neighbours = lines.flatMap((_, at) =>
    chainAt(at) !== undefined && chainAt(at) === chainAt(at + 1) ? [at] : [],
  );
  expect(neighbours.length).toBeGreaterThan(10);
  const looping = neighbours.filter((at) => simplestLoop(swapped(netns, at), envoy(), 500) !== null);
  expect(looping.map((at) => lines[at])).toEqual([`-A ISTIO_OUTPUT ${PASSTHROUGH}`]);
});

describe("TPROXY without rule 3", () => {
  const mode = { ...USUAL, inboundInterceptionMode: "TPROXY" };
  const broken: readonly (readonly [string, IstioSettings])[] = [
    ["port 53 while DNS is captured", { ...mode, redirectDNS: true, dnsServersV4: ["10.96.0.10"] }],
    ["an included range of loopback addresses", { ...mode, outboundIPRangesInclude: "127.0.0.0/8" }],
  ];

  test.each(broken)("%s loops: rule 3 would have let it pass, the gid's rule takes it", (_, settings) => {
    const found = simplestLoop(pod(settings), envoy(settings), 4000);
    expect(found).not.toBeNull();
    const { loop } = followProxies(pod(settings), found!, envoy(settings));
    expect(loop!.at(-1)!.walk).toBeRedirectedTo(15006);
    expect(loop!.at(-1)!.packet).toMatchObject({ uid: 0, gid: 1337, mark: 1337, transparent: true });
    expect(explanation(pod(settings), found!, envoy(settings))).toContain(
      "--gid-owner 1337 -j ISTIO_IN_REDIRECT   matches",
    );
  });
});
