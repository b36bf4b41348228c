import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connections, conversations, converse, meshSettings, packets, rulesets } from "../../src/fast-check.ts";
import { createNetns, parse, send, toSave } from "../../src/index.ts";
import { check } from "../../src/iptables/ruleset/check.ts";
import { resolveSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import { podWith, sidecarPod } from "../assertions/pod.ts";

const SEED = 11;
const pod = sidecarPod();

/** What a property that fails shrinks to. */
function counterexample<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => boolean, numRuns = 1000): T {
  const { counterexample: found } = fc.check(fc.property(arbitrary, holds), { seed: SEED, numRuns });
  if (found === null) throw new Error("expected a counterexample");
  return found[0];
}

const drawn = <T>(arbitrary: fc.Arbitrary<T>, count = 400): T[] => fc.sample(arbitrary, { seed: SEED, numRuns: count });

describe("packets", () => {
  test("every one can be sent, and none is undetermined", () => {
    fc.assert(
      fc.property(packets(pod), (packet) => send(pod, packet).walk.fate.kind !== "undetermined"),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("they lean to what the rules name, and to the neighbours", () => {
    const all = drawn(packets(pod));
    const ports = new Set(all.map(({ dport }) => dport));
    for (const port of [15001, 15006, 15007, 15008, 15009, 80]) expect(ports).toContain(port);
    const destinations = new Set(all.map(({ dst }) => dst));
    for (const address of ["127.0.0.0", "127.0.0.1", "127.0.0.2", "10.244.1.10"])
      expect(destinations).toContain(address);
    for (const uid of [1000, 0, 1336, 1337, 1338]) expect(all.map((one) => one.uid)).toContain(uid);
    expect(all.some(({ in: device }) => device === "eth0")).toBe(true);
  });

  test("every rule of the sidecar is reached by some packet, but those that nothing can reach", () => {
    const reached = new Set<string>();
    for (const packet of drawn(packets(pod, { opening: true }), 1500))
      for (const step of send(pod, packet).walk.steps) if ("rule" in step) reached.add(`${step.chain} ${step.rule}`);
    // I1: over lo, uid 1337 is taken by rules 2 and 4 and everybody else by 3; 127.0.0.1 is always over lo.
    const rules = pod.rulesets[0]!.tables.flatMap(({ chains }) =>
      chains.flatMap((chain) => chain.rules.map((_, at) => `${chain.name} ${at + 1}`)),
    );
    expect(rules.filter((rule) => !reached.has(rule))).toEqual(["ISTIO_OUTPUT 5", "ISTIO_OUTPUT 6", "ISTIO_OUTPUT 8"]);
  });

  test("the sides can be chosen", () => {
    expect(drawn(packets(pod, { from: "outside" })).every((one) => one.in !== undefined && one.uid === undefined)).toBe(
      true,
    );
    expect(drawn(packets(pod, { from: "here" })).every((one) => one.in === undefined && one.uid !== undefined)).toBe(
      true,
    );
    expect(drawn(packets(pod, { opening: true })).every((one) => one.flags === undefined)).toBe(true);
    expect(drawn(packets(pod, { family: "ipv6" })).every((one) => one.dst.includes(":"))).toBe(true);
    expect(() => packets(createNetns({ interfaces: [] }), { from: "outside" })).toThrow(RangeError);
  });

  test("they shrink to what people read with ease", () => {
    const redirected = counterexample(packets(pod), (packet) => {
      const { fate, originalDst } = send(pod, packet).walk;
      return originalDst === null || fate.kind !== "delivered" || fate.dport !== 15001;
    });
    expect(redirected).toEqual({ proto: "tcp", dport: 80, dst: "192.0.2.1", uid: 1000, gid: 1000 });
    const marked = podWith("*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m mark --mark 0x2a -j DROP\nCOMMIT\n");
    expect(counterexample(packets(marked), (one) => send(marked, one).walk.fate.kind !== "dropped")).toEqual({
      proto: "tcp",
      dport: 80,
      dst: "10.244.1.10",
      uid: 1000,
      gid: 1000,
      mark: 42,
    });
  });
});

describe("istio settings", () => {
  test.each(["capture", "cni"] as const)("of %s are all valid and give rules that the reader takes", (suite) => {
    fc.assert(
      fc.property(meshSettings({ suite }), (settings) => {
        expect(resolveSettings(settings).notes.filter(({ severity }) => severity === "error")).toEqual([]);
        const { ipv4 } = istioIptables(settings);
        expect(toSave(parse(toSave(ipv4), { family: "ipv4" }).ruleset)).toBe(toSave(ipv4));
      }),
      { seed: SEED, numRuns: 60 },
    );
  });

  test("can be fixed and limited, and shrink to the one that matters", () => {
    const only = drawn(meshSettings({ only: ["redirectDNS"], fixed: { inboundPortsInclude: "80" } }));
    expect(new Set(only.map((one) => JSON.stringify(Object.keys(one).sort())))).toEqual(
      new Set(['["inboundPortsInclude"]', '["inboundPortsInclude","redirectDNS"]']),
    );
    const found = counterexample(
      meshSettings(),
      (settings) => !istioIptables(settings).rules.some(({ text }) => text.includes("TPROXY")),
    );
    expect(found).toEqual({ inboundInterceptionMode: "TPROXY", inboundPortsInclude: "*" });
  });
});

describe("rulesets", () => {
  test("are such as iptables accepts, and read back as they were", () => {
    fc.assert(
      fc.property(rulesets(), (ruleset) => {
        expect(check(ruleset)).toEqual([]);
        expect(toSave(parse(toSave(ruleset), { family: "ipv4" }).ruleset)).toBe(toSave(ruleset));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test("hold translations, marks, owners and user chains", () => {
    const text = drawn(rulesets(), 60)
      .map((ruleset) => toSave(ruleset))
      .join("");
    for (const part of ["REDIRECT", "DNAT", "SNAT", "MASQUERADE", "MARK", "CT", "owner", "LOCAL_1", "! -s"])
      expect(text).toContain(part);
  });

  test("shrink to the rules that matter", () => {
    const found = counterexample(
      rulesets(),
      (ruleset) => {
        const netns = createNetns({ rulesets: [ruleset] });
        return send(netns, "tcp -> 192.0.2.1:80 uid=1000 gid=1000").walk.fate.kind !== "dropped";
      },
      300,
    );
    const rules = toSave(found)
      .split("\n")
      .filter((line) => line.startsWith("-A") || line.includes(" DROP ["));
    // A jump and its DROP, or one of them.
    expect(rules.length, rules.join("\n")).toBeLessThanOrEqual(2);
  });
});

describe("conversations", () => {
  test("a packet back is seen as the reply", () => {
    let replies = 0;
    fc.assert(
      fc.property(conversations(pod), (conversation) => {
        const { walks } = converse(pod, conversation);
        for (const [at, { conntrack, fate }] of walks.slice(1).entries()) {
          if (conversation.goesOn[at] !== "back" || fate.kind === "dropped" || fate.kind === "unroutable") continue;
          replies++;
          expect(conntrack?.state).toBe("ESTABLISHED");
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
    expect(replies).toBeGreaterThan(100);
  });

  test("shrink to their first packet", () => {
    const found = counterexample(conversations(pod), ({ opens }) => opens.dport !== 15008);
    expect(found).toEqual({
      opens: expect.objectContaining({ proto: "tcp", dport: 15008, dst: "10.244.1.10" }),
      goesOn: [],
    });
  });
});

test("connections begin in a place and open", () => {
  const other = createNetns({ interfaces: [{ name: "eth0", addresses: ["10.244.1.20/24"] }] });
  const world = {
    places: [
      { name: "sleep", netns: pod, actors: [] },
      { name: "httpbin", netns: other, actors: [] },
    ],
  };
  const all = drawn(connections(world));
  expect(new Set(all.map(({ from }) => from))).toEqual(new Set(["sleep", "httpbin"]));
  expect(all.filter(({ from, dst }) => from === "sleep" && dst === "10.244.1.20").length).toBeGreaterThan(20);
  expect(counterexample(connections(world), () => false)).toEqual({
    from: "sleep",
    proto: "tcp",
    dport: 80,
    dst: "10.244.1.10",
    uid: 1000,
    gid: 1000,
  });
});
