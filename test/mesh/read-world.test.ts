import { describe, expect, test } from "vitest";
import { journey, parse, readWorld } from "../../src/index.ts";

const load = (files: readonly string[]) =>
  files.map((file) => parse(`*nat\n-A OUTPUT -p tcp --dport ${file} -j REDIRECT --to-ports 15001\nCOMMIT\n`).ruleset);
const read = (...places: readonly unknown[]) => readWorld({ places }, load);

describe("places", () => {
  test("a pod takes Istio's settings by name or as flags", () => {
    const pod = { name: "pod", addresses: ["10.0.0.5/24"], actors: [{ kind: "sidecar" }] };
    const byName = read({ ...pod, istio: { outboundIPRangesInclude: "*" } });
    const byFlags = read({ ...pod, istio: ["-i", "*"] });
    expect(byName.places[0]!.netns.rulesets).toEqual(byFlags.places[0]!.netns.rulesets);
    expect(journey(byFlags, "tcp -> 10.0.0.9:80 uid=5 gid=5 from=pod").hops[0]!.acceptedBy).toBe("Envoy");
  });

  test("a dump stands in place of generated rules", () => {
    const world = read({ name: "pod", addresses: ["10.0.0.5/24"], dump: "7000", actors: [{ kind: "sidecar" }] });
    expect(journey(world, "tcp -> 10.0.0.5:7000 uid=5 gid=5 from=pod").hops[0]!.acceptedBy).toBe("Envoy");
  });

  test("a netns is what createNetns takes, a node has kube-proxy's rules", () => {
    const world = read(
      { kind: "netns", name: "host", netns: { interfaces: [{ name: "eth0", addresses: ["10.0.0.5/24"] }] } },
      { kind: "node", name: "node", nodeIPs: ["10.0.0.6/24"], podCIDR: "10.1.0.0/24", services: { "10.9.0.1:80": [] } },
    );
    expect(world.places.map(({ name, netns }) => [name, netns.rulesets.length])).toEqual([
      ["host", 0],
      ["node", 1],
    ]);
  });

  test("wires of its own are kept", () => {
    const [place] = read({ name: "pod", addresses: ["10.0.0.5/24"], gateway: "node", device: "eth0" }).places;
    expect(place).toMatchObject({ gateway: "node", device: "eth0" });
  });
});

const pod = (more: object) => ({ name: "pod", addresses: ["10.0.0.5/24"], ...more });

test.each([
  [{ places: {} }, "world.places: expected a list of places, got {}"],
  [{ place: [] }, 'world.place: expected one of places, got "place"'],
  [{ places: [{}] }, "places[0].name: expected a name, got nothing"],
  [{ places: [pod({ adresses: [] })] }, "places[0].adresses: expected one of kind, name"],
  [{ places: [{ name: "pod" }] }, "places[0].addresses: expected addresses, got nothing"],
  [{ places: [pod({ kind: "vm" })] }, 'places[0].kind: expected one of pod, node, netns, got "vm"'],
  [
    { places: [pod({ actors: [{ kind: "envoy" }] })] },
    'places[0].actors[0].kind: expected one of sidecar, ztunnel, application, got "envoy"',
  ],
  [{ places: [pod({ actors: [{ kind: "sidecar", user: 1 }] })] }, "places[0].actors[0].user: expected one of"],
  [
    { places: [pod({ actors: [{ kind: "application", ports: 80 }] })] },
    "places[0].actors[0].ports: expected a list of ports, got 80",
  ],
  [{ places: [pod({ actors: {} })] }, "places[0].actors: expected a list, got {}"],
  [{ places: [pod({ dump: 5 })] }, "places[0].dump: expected a text or a list of texts, got 5"],
  [
    { places: [{ kind: "node", name: "n", nodeIPs: [] }] },
    "places[0].podCIDR: expected the pods' network, got nothing",
  ],
])("%j is refused", (value, message) => {
  expect(() => readWorld(value, load)).toThrow(message);
});
