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
    const node = { kind: "netns", name: "node" };
    const [place] = read({ name: "pod", addresses: ["10.0.0.5/24"], gateway: "node", device: "eth0" }, node).places;
    expect(place).toMatchObject({ gateway: "node", device: "eth0" });
  });
});

const pod = (more: object) => ({ name: "pod", addresses: ["10.0.0.5/24"], ...more });
const node = (more: object) => ({ kind: "node", name: "n", nodeIPs: ["10.0.0.6/24"], podCIDR: "10.1.0.0/24", ...more });

test.each([
  [{ places: {} }, "world.places: expected a list of places, got {}"],
  [{ place: [] }, 'world.place: expected one of places, got "place"'],
  [{ places: [{}] }, "places[0].name: expected a name, got nothing"],
  [{ places: [pod({ adresses: [] })] }, "places[0].adresses: expected one of kind, name"],
  [
    { places: [{ name: "pod" }] },
    'places[0].addresses: expected an address with its length, such as "10.244.1.20/24", got nothing',
  ],
  [{ places: [pod({ kind: "vm" })] }, 'places[0].kind: expected one of pod, node, netns, got "vm"'],
  [
    { places: [pod({ actors: [{ kind: "envoy" }] })] },
    'places[0].actors[0].kind: expected one of sidecar, ztunnel, application, got "envoy"',
  ],
  [{ places: [pod({ actors: [{ kind: "sidecar", user: 1 }] })] }, "places[0].actors[0].user: expected one of"],
  [
    { places: [pod({ actors: [{ kind: "application", ports: 80 }] })] },
    "places[0].actors[0].ports: expected a list, got 80",
  ],
  [{ places: [pod({ actors: {} })] }, "places[0].actors: expected a list, got {}"],
  [{ places: [pod({ dump: 5 })] }, "places[0].dump: expected a file, got 5"],
  [
    { places: [{ kind: "node", name: "n", nodeIPs: [] }] },
    'places[0].podCIDR: expected a prefix such as "10.244.1.0/24", got nothing',
  ],
  [{ places: [pod({ adresses: [] })] }, 'got "adresses"; did you mean "addresses"?'],
  [{ places: [pod({ addresses: "10.0.0.5" })] }, "places[0].addresses: expected an address with its length"],
  [{ places: [pod({ gateways: ["10.0.0.0/24"] })] }, "places[0].gateways[0]: expected an IPv4 or IPv6 address"],
  [{ places: [pod({}), pod({})] }, "places[1].name: expected a name of its own, got that of places[0]"],
  [{ places: [pod({ gateway: "pot" })] }, 'places[0].gateway: expected one of pod, got "pot"; did you mean "pod"?'],
  [
    { places: [pod({ device: "eth1" })] },
    'places[0].device: expected one of lo, eth0, got "eth1"; did you mean "eth0"?',
  ],
  [
    { places: [pod({ actors: [{ kind: "sidecar", upstreams: { "10.9.0.1:80": "10.0.0.9:80" } }] })] },
    'places[0].actors[0].upstreams["10.9.0.1:80"]: expected a list, got "10.0.0.9:80"',
  ],
  [
    { places: [pod({ actors: [{ kind: "sidecar", upstreams: { web: [] } }] })] },
    "places[0].actors[0].upstreams.web: expected an address and a port",
  ],
  [{ places: [pod({ actors: [{ kind: "ztunnel", uid: "0" }] })] }, "places[0].actors[0].uid: expected a whole number"],
  [
    { places: [pod({ actors: [{ kind: "application", ports: [80, 70000] }] })] },
    "actors[0].ports[1]: expected a whole number",
  ],
  [{ places: [pod({ istio: { proxyPrt: "1" } })] }, "places[0].istio.proxyPrt: expected one of suite, kind"],
  [{ places: [pod({ istio: { proxyPrt: "1" } })] }, 'did you mean "proxyPort"?'],
  [{ places: [pod({ istio: { proxyPort: "99999" } })] }, "places[0].istio.proxyPort: expected a port from 0 to 65535"],
  [
    { places: [pod({ istio: { redirectDNS: "yes" } })] },
    'places[0].istio.redirectDNS: expected true or false, got "yes"',
  ],
  [{ places: [pod({ istio: ["-b", "*", "--bogus"] })] }, "places[0].istio: --bogus: not a flag of istio-iptables"],
  [{ places: [pod({ istio: ["-b", 5] })] }, "places[0].istio[1]: expected an argument of istio-iptables, got 5"],
  [{ places: [pod({ netns: { socket: [] } })] }, "places[0].netns.socket: expected one of"],
  [
    { places: [pod({ netns: { rulesets: [] } })] },
    "places[0].netns.rulesets: expected no rules here, got []; name their file in dump",
  ],
  [
    {
      places: [
        pod({}),
        { kind: "netns", name: "n", netns: { sockets: [{ proto: "tcp", address: "::", port: 99999 }] } },
      ],
    },
    "places[1].netns.sockets[0].port: expected a whole number from 0 to 65535, got 99999",
  ],
  [
    { places: [node({ nodes: { "10.2.0.0/24": "node2" } })] },
    'places[0].nodes["10.2.0.0/24"]: expected an IPv4 or IPv6 address',
  ],
  [
    { places: [node({ services: { "10.9.0.1": [] } })] },
    'places[0].services["10.9.0.1"]: expected an address and a port',
  ],
  [
    { places: [node({ nodePorts: { "99999": "10.9.0.1:80" } })] },
    'places[0].nodePorts["99999"]: expected a port from 1 to 65535',
  ],
  [
    { places: [node({ services: { "10.9.0.1:80": [] }, nodePorts: { "30080": "10.9.0.1:81" } })] },
    'places[0].nodePorts[30080]: expected one of 10.9.0.1:80, got "10.9.0.1:81"',
  ],
  [{ places: [node({ masqueradeAll: 1 })] }, "places[0].masqueradeAll: expected true or false, got 1"],
])("%j is refused", (value, message) => {
  expect(() => readWorld(value, load)).toThrow(message);
});
