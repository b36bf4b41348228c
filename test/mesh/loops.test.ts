import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../../src/index.ts";
import type { Ruleset } from "../../src/iptables/ruleset/ruleset.ts";
import { application } from "../../src/mesh/actors/application.ts";
import { type SidecarSettings, sidecar } from "../../src/mesh/actors/sidecar.ts";
import { journey } from "../../src/mesh/journey/journey.ts";
import { podPlace } from "../../src/mesh/world/pod.ts";
import type { World } from "../../src/mesh/world/world.ts";
import { hopLine } from "./worlds.ts";

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
const STANDARD = fixture("istio-1.5.v4.rules").split("\n");

/** Positions of the nine rules of ISTIO_OUTPUT among the lines. */
const OUTPUT = STANDARD.flatMap((line, at) => (line.startsWith("-A ISTIO_OUTPUT ") ? [at] : []));

const without = (rule: number): string => STANDARD.filter((_, at) => at !== OUTPUT[rule - 1]).join("\n");

function swapped(rule: number): string {
  const lines = [...STANDARD];
  const [a, b] = [OUTPUT[rule - 1]!, OUTPUT[rule]!];
  [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  return lines.join("\n");
}

const POD = "10.244.3.8";
const rulesOf = (text: string): Ruleset => parse(text, { family: "ipv4" }).ruleset;

/** One pod with rules and Envoy, and a client without either next to it. */
const worldOf = (rules: string, envoy: SidecarSettings = {}): World => ({
  places: [
    podPlace({
      name: "pod",
      addresses: [`${POD}/24`],
      gateways: ["10.244.3.1"],
      rulesets: [rulesOf(rules)],
      actors: [sidecar(envoy), application({ ports: [80, 7070] })],
    }),
    podPlace({ name: "client", addresses: ["10.244.3.9/24"] }),
  ],
});

const FROM_CLIENT = `tcp -> ${POD}:80 from=client`;
const FROM_APP = "tcp -> 203.0.113.5:443 uid=1000 gid=1000 from=pod";
/** What Envoy opens for its own service when an endpoint is this pod. */
const FROM_ENVOY = `tcp -> ${POD}:80 uid=1337 gid=1337 from=pod`;
const STARTS = [FROM_CLIENT, FROM_APP, FROM_ENVOY, `tcp -> 127.0.0.1:80 uid=1000 gid=1000 from=pod`];

test("the standard rules have no loop, wherever the connection begins", () => {
  const ends = STARTS.map((start) => journey(worldOf(STANDARD.join("\n")), start).end);
  expect(ends).toEqual(["application", "outside", "application", "application"]);
});

describe("without rule 1", () => {
  const found = journey(worldOf(without(1)), FROM_CLIENT);

  test("what Envoy hands to the application comes back to 15006", () => {
    expect(found.end).toBe("loop");
    expect(found.loop!.hops.map(hopLine)).toEqual([
      `pod: Envoy opens 127.0.0.6 → ${POD}:80 as 1337:1337; Envoy at 127.0.0.1:15006 by lo, peer 127.0.0.6, original ${POD}:80`,
    ]);
  });

  test("the rule that sends it back, and the one that leads there, are named", () => {
    expect(found.loop).toMatchObject({
      via: { table: "nat", chain: "ISTIO_OUTPUT", rule: 1 },
      closedBy: { table: "nat", chain: "ISTIO_IN_REDIRECT", rule: 1, target: "REDIRECT" },
    });
    expect(found.reason).toBe(
      `Envoy opens the same connection again (to ${POD}:80), caught by nat ISTIO_OUTPUT 1 → nat ISTIO_IN_REDIRECT 1`,
    );
  });

  test("without rule 2 as well there is no loop: the owner's RETURN lets it pass", () => {
    const both = STANDARD.filter((_, at) => at !== OUTPUT[0] && at !== OUTPUT[1]).join("\n");
    expect(journey(worldOf(both), FROM_CLIENT).end).toBe("application");
  });
});

test("Envoy that binds the pod's address loops although rule 1 is there", () => {
  const { end, loop } = journey(worldOf(STANDARD.join("\n"), { bind: POD }), FROM_CLIENT);
  expect(end).toBe("loop");
  expect(loop).toMatchObject({ via: { chain: "ISTIO_OUTPUT", rule: 2 }, closedBy: { chain: "ISTIO_IN_REDIRECT" } });
});

test.each([0, 1000])("Envoy that runs as %i loops at 15001", (uid) => {
  const { end, loop, hops } = journey(worldOf(STANDARD.join("\n"), { uid, gid: uid }), FROM_APP);
  expect(end).toBe("loop");
  expect(loop).toMatchObject({
    via: { chain: "ISTIO_OUTPUT", rule: 9 },
    closedBy: { chain: "ISTIO_REDIRECT", rule: 1 },
  });
  // The first round is the application's own connection: the shortest cycle is Envoy's alone.
  expect(hops).toHaveLength(2);
  expect(loop!.hops).toEqual([hops[1]]);
});

describe("the first releases", () => {
  const rules = fixture("istio-first-releases.v4.rules");
  const inbound = `tcp -> ${POD}:7070 from=client`;

  test("catch Envoy's connection to the pod's own address again", () => {
    const { end, loop } = journey(worldOf(rules), inbound);
    expect(end).toBe("loop");
    expect(loop).toMatchObject({
      via: { chain: "ISTIO_OUTPUT", rule: 1 },
      closedBy: { chain: "ISTIO_REDIRECT", rule: 1 },
    });
  });

  test("worked with Envoy as it was then: inbound clusters led to 127.0.0.1", () => {
    const upstreams = { [`${POD}:7070`]: ["127.0.0.1:7070"] };
    expect(journey(worldOf(rules, { upstreams }), inbound).end).toBe("application");
  });

  test("leave other inbound ports alone", () => {
    expect(journey(worldOf(rules), FROM_CLIENT)).toMatchObject({
      end: "application",
      hops: [{}, { acceptedBy: "application" }],
    });
  });
});

describe("two neighbouring rules of ISTIO_OUTPUT swapped", () => {
  const loops = (rule: number) =>
    STARTS.flatMap((start) => {
      const { end, loop } = journey(worldOf(swapped(rule)), start);
      return end === "loop" ? [{ start, via: loop!.via?.rule, closedBy: loop!.closedBy?.chain }] : [];
    });

  test("1 and 2: Envoy's connection to the application is caught before 127.0.0.6 is asked for", () => {
    expect(loops(1)).toEqual([
      { start: FROM_CLIENT, via: 1, closedBy: "ISTIO_IN_REDIRECT" },
      { start: FROM_ENVOY, via: 1, closedBy: "ISTIO_IN_REDIRECT" },
    ]);
  });

  test.each([2, 3, 4, 5, 6, 7, 8])("%i and the next: no loop", (rule) => {
    expect(loops(rule)).toEqual([]);
  });
});

test("a loop over two places: two gateways that each send to the other", () => {
  const gateway = (name: string, address: string, other: string) =>
    podPlace({
      name,
      addresses: [`${address}/32`],
      netns: {
        interfaces: [{ name: "eth0", addresses: [`${address}/24`] }],
        routes: [{ to: "default", via: other, dev: "eth0" }],
        sysctl: { "net.ipv4.ip_forward": 1 },
      },
    });
  const client = podPlace({ name: "client", addresses: ["10.9.0.9/24"], gateways: ["10.9.0.1"] });
  const world = { places: [client, gateway("a", "10.9.0.1", "10.9.0.2"), gateway("b", "10.9.0.2", "10.9.0.1")] };
  const { end, loop } = journey(world, "tcp -> 198.51.100.1:80 uid=0 gid=0 from=client");
  expect(end).toBe("loop");
  expect(loop).toMatchObject({ closedBy: null, via: null });
  expect(loop!.hops.map((hop) => hop.place)).toEqual(["a", "b"]);
});
