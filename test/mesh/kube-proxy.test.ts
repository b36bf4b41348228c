import { describe, expect, test } from "vitest";
import { parse } from "../../src/index.ts";
import { application } from "../../src/mesh/actors/application.ts";
import { journey, journeys } from "../../src/mesh/journey/journey.ts";
import { kubeProxyRules } from "../../src/mesh/kube/rules.ts";
import { kubeProxyNode } from "../../src/mesh/world/kube-node.ts";
import { podPlace } from "../../src/mesh/world/pod.ts";
import type { World } from "../../src/mesh/world/world.ts";

const SERVICES = {
  "10.97.0.1:80": ["10.61.0.11:8080", "10.61.0.12:8080", "10.61.0.13:8080"],
  "10.97.0.2:80": [],
  "10.97.0.3:53/udp": ["10.61.0.11:5353"],
};

const pod = (name: string, address: string) =>
  podPlace({
    name,
    addresses: [`${address}/32`],
    gateways: ["10.61.0.1"],
    actors: [application({ ports: [8080] }), application({ proto: "udp", ports: [5353] })],
  });

const world: World = {
  places: [
    pod("a", "10.61.0.11"),
    pod("b", "10.61.0.12"),
    pod("c", "10.61.0.13"),
    kubeProxyNode({
      nodeIPs: ["172.18.0.4/16"],
      gateways: ["172.18.0.1"],
      podCIDR: "10.61.0.0/24",
      services: SERVICES,
      nodePorts: { "30080": "10.97.0.1:80" },
    }),
    podPlace({
      name: "outside",
      addresses: ["172.18.0.99/16"],
      netns: {
        interfaces: [{ name: "eth0", addresses: ["172.18.0.99/16"] }],
        routes: [{ to: "10.97.0.0/16", via: "172.18.0.4", dev: "eth0" }],
      },
    }),
  ],
};

/** What the endpoint's pod sees of the client. */
const clientOf = (found: ReturnType<typeof journey>) => {
  const { fate } = found.hops.at(-1)!.walk;
  return fate.kind === "delivered" ? fate.src : fate.kind;
};

describe("a service with three endpoints", () => {
  const all = journeys(world, "tcp -> 10.97.0.1:80 uid=0 gid=0 from=b");

  test("is a journey to each with the same probability", () => {
    expect(all.map(({ journey: { end, place } }) => [end, place]).sort()).toEqual([
      ["application", "a"],
      ["application", "b"],
      ["application", "c"],
    ]);
    for (const { probability } of all) expect(probability).toBeCloseTo(1 / 3, 8);
  });

  test("masquerades only the hairpin, which would else be answered past the node", () => {
    const clients = Object.fromEntries(all.map(({ journey: found }) => [found.place, clientOf(found)]));
    expect(clients).toEqual({ a: "10.61.0.12", b: "10.61.0.1", c: "10.61.0.12" });
  });

  test("is undetermined without chance, and determined with it", () => {
    const connection = "tcp -> 10.97.0.1:80 uid=0 gid=0 from=b";
    expect(journey(world, connection)).toMatchObject({ end: "undetermined", place: "node" });
    expect(journey(world, connection, { random: () => 0.1 })).toMatchObject({ end: "application", place: "a" });
    expect(journey(world, connection, { random: () => 0.9 })).toMatchObject({ end: "application", place: "c" });
  });
});

test("what comes from outside of the pods' network is masqueraded, by address and by node port", () => {
  for (const to of ["10.97.0.1:80", "172.18.0.4:30080"]) {
    const found = journey(world, `tcp -> ${to} uid=0 gid=0 from=outside`, { random: () => 0 });
    expect([found.end, found.place, clientOf(found)]).toEqual(["application", "a", "10.61.0.1"]);
  }
});

test("the node's own processes reach services too", () => {
  const found = journey(world, "tcp -> 10.97.0.1:80 uid=0 gid=0 from=node", { random: () => 0 });
  expect([found.end, found.place]).toEqual(["application", "a"]);
});

test("a service without endpoints is rejected, UDP finds its own", () => {
  expect(journey(world, "tcp -> 10.97.0.2:80 uid=0 gid=0 from=a")).toMatchObject({
    end: "rejected",
    place: "node",
    reason: "filter KUBE-SERVICES 1 rejects it in node with icmp-port-unreachable",
  });
  expect(journey(world, "udp -> 10.97.0.3:53 uid=0 gid=0 from=b")).toMatchObject({ end: "application", place: "a" });
});

test("two nodes: the other's pods are reached through its address", () => {
  const node = (name: string, at: number, other: number) =>
    kubeProxyNode({
      name,
      nodeIPs: [`172.18.0.${at}/16`],
      podCIDR: `10.61.${at}.0/24`,
      clusterCIDR: "10.61.0.0/16",
      nodes: { [`10.61.${other}.0/24`]: `172.18.0.${other}` },
      services: { "10.97.0.9:80": ["10.61.5.20:80"] },
    });
  const places = [
    podPlace({ name: "client", addresses: ["10.61.4.20/24"], gateways: ["10.61.4.1"] }),
    podPlace({
      name: "server",
      addresses: ["10.61.5.20/24"],
      gateways: ["10.61.5.1"],
      actors: [application({ ports: [80] })],
    }),
    node("four", 4, 5),
    node("five", 5, 4),
  ];
  const found = journey({ places }, "tcp -> 10.97.0.9:80 uid=0 gid=0 from=client");
  expect(
    found.hops.map(({ place, packet }) => `${place} ${packet.dst}:${packet.dport} ttl ${packet.ttl ?? 64}`),
  ).toEqual([
    "client 10.97.0.9:80 ttl 64",
    "four 10.97.0.9:80 ttl 64",
    "five 10.61.5.20:80 ttl 63",
    "server 10.61.5.20:80 ttl 62",
  ]);
  expect(clientOf(found)).toBe("10.61.4.20");
});

test("IPv6 services get rules of their own", () => {
  const settings = {
    services: { "[fd97::1]:80": ["[fd61::b]:8080"], ...SERVICES },
    podCIDRs: ["10.61.0.0/24", "fd61::/64"],
  };
  const text = kubeProxyRules(settings, "ipv6");
  expect(text).toContain("-A KUBE-SERVICES -d fd97::1/128 -p tcp -m tcp --dport 80 -j KUBE-SVC-1");
  expect(text).not.toContain("10.97");
  expect(parse(text, { family: "ipv6" }).diagnostics.filter((one) => one.severity === "error")).toEqual([]);
});

test("a service that cannot be read is refused with its text", () => {
  expect(() => kubeProxyNode({ nodeIPs: [], podCIDR: "10.0.0.0/24", services: { httpbin: [] } })).toThrow(
    'services: expected address:port, got "httpbin"',
  );
  expect(() => kubeProxyNode({ nodeIPs: [], podCIDR: "pods", services: {} })).toThrow("podCIDR: expected a prefix");
});
