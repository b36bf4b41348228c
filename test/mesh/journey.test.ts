import { describe, expect, test } from "vitest";
import { ParseError, parse } from "../../src/index.ts";
import type { Actor } from "../../src/mesh/actors/actor.ts";
import { actor, application } from "../../src/mesh/actors/application.ts";
import { sidecar } from "../../src/mesh/actors/sidecar.ts";
import { readConnection } from "../../src/mesh/journey/connection.ts";
import { followProxies, sidecarProxies } from "../../src/mesh/journey/follow.ts";
import { journey } from "../../src/mesh/journey/journey.ts";
import { podPlace } from "../../src/mesh/world/pod.ts";
import type { World } from "../../src/mesh/world/world.ts";
import { STANDARD } from "./worlds.ts";

const POD = "10.33.0.5";
const pod = (actors: readonly Actor[], rules = "*nat\nCOMMIT\n"): World => ({
  places: [
    podPlace({
      name: "pod",
      addresses: [`${POD}/24`],
      gateways: ["10.33.0.1"],
      rulesets: [parse(rules, { family: "ipv4" }).ruleset],
      actors,
    }),
  ],
});
const go = (world: World, to: string) => journey(world, `tcp -> ${to} uid=1000 gid=1000 from=pod`);
const app = application({ ports: [80] });

test("the port by which a bridge sends a packet on is of that bridge alone, and costs no hop", () => {
  const bridge = podPlace({ name: "bridge", addresses: ["10.33.0.6/24"], gateways: ["10.33.0.5"] });
  const world = { places: [...pod([app]).places, bridge] };
  const switched = journey(world, {
    ...{ proto: "tcp", src: "10.33.0.9", sport: 4000, dst: POD, dport: 80 },
    ...{ from: "bridge", in: "eth0", physIn: "a", physOut: "b" },
  });
  expect(switched.hops.map(({ walk }) => walk.fate.kind)).toEqual(["sent", "delivered"]);
  expect(switched.hops[1]!.packet).toEqual({
    ...{ proto: "tcp", src: "10.33.0.9", sport: 4000, dst: POD, dport: 80 },
    ...{ in: "eth0", ttl: 64 },
  });
});

describe("ends", () => {
  test.each([
    ["application", pod([app]), `${POD}:80`, "application in pod accepts it at port 80"],
    ["refused", pod([app]), `${POD}:81`, `nobody listens at ${POD}:81 in pod`],
    ["outside", pod([]), "198.51.100.7:80", "it leaves pod by eth0 for 198.51.100.7"],
    ["dropped", pod([], "*filter\n-A OUTPUT -p tcp -j DROP\nCOMMIT\n"), `${POD}:80`, "filter OUTPUT 1 drops it in pod"],
    [
      "dropped",
      pod([], "*filter\n:OUTPUT DROP [0:0]\nCOMMIT\n"),
      `${POD}:80`,
      "the policy DROP of filter OUTPUT drops it in pod",
    ],
    [
      "rejected",
      pod([], "*filter\n-A OUTPUT -p tcp -j REJECT --reject-with tcp-reset\nCOMMIT\n"),
      `${POD}:80`,
      "filter OUTPUT 1 rejects it in pod with tcp-reset",
    ],
    [
      "dropped",
      pod([], "*filter\n-A OUTPUT -p tcp -j NFQUEUE\nCOMMIT\n"),
      `${POD}:80`,
      "filter OUTPUT 1 hands it to a program in pod",
    ],
  ])("%s", (end, world, to, reason) => {
    expect(go(world, to)).toMatchObject({ end, reason, place: "pod", loop: null });
  });

  test("unroutable and undetermined say why", () => {
    const bare = { places: [podPlace({ name: "pod", addresses: [`${POD}/24`] })] };
    expect(go(bare, "198.51.100.7:80")).toMatchObject({
      end: "unroutable",
      reason: "it cannot go on in pod: no route",
    });
    const byOwner = pod([app], "*nat\n-A OUTPUT -p tcp -m owner --uid-owner 5 -j REDIRECT --to-ports 81\nCOMMIT\n");
    const found = journey(byOwner, `tcp -> ${POD}:80 from=pod`);
    expect(found.end).toBe("undetermined");
    expect(found.reason).toContain("uid");
  });

  test("an ICMP echo ends at the host itself", () => {
    expect(journey(pod([]), `icmp -> ${POD} uid=0 gid=0 from=pod`).end).toBe("application");
  });
});

describe("actors", () => {
  const mirror = actor("mirror", [{ proto: "tcp", port: 80 }], ({ original }) => ({
    kind: "open",
    connections: [9001, 9002].map((dport) => ({ proto: "tcp", dst: original.address, dport, uid: 7, gid: 7 })),
  }));

  test("of several connections the first is followed, the others are told", () => {
    const { hops, end } = go(pod([mirror, application({ ports: [9001, 9002] })]), `${POD}:80`);
    expect(end).toBe("application");
    expect(hops).toHaveLength(2);
    expect(hops[0]!.opened.map((one) => one.dport)).toEqual([9001, 9002]);
    expect(hops[1]).toMatchObject({ by: "mirror", packet: { dport: 9001, uid: 7, sport: 50_000 } });
  });

  test("that open nothing, or refuse, end the journey", () => {
    const idle = actor("idle", [{ port: 80 }], () => ({ kind: "open", connections: [] }));
    expect(go(pod([idle]), `${POD}:80`)).toMatchObject({
      end: "application",
      reason: "idle in pod accepts it at port 80",
    });
    const closed = actor("closed", [{ port: 80 }], () => ({ kind: "refuse", reason: "not today" }));
    expect(go(pod([closed]), `${POD}:80`)).toMatchObject({ end: "refused", reason: "closed refuses: not today" });
  });

  test("that never repeat a connection run into the limit", () => {
    const counting = actor("counting", [{ port: 80 }], ({ local, mark }) => ({
      kind: "open",
      connections: [{ proto: "tcp", dst: local.address, dport: 80, uid: 0, gid: 0, mark: mark + 1 }],
    }));
    const world = pod([counting]);
    expect(() => go(world, `${POD}:80`)).toThrow(
      new RangeError("journey: more than 200 hops, and no connection was opened twice"),
    );
  });

  test("are chosen by protocol", () => {
    const dns = application({ name: "dns", proto: "udp", ports: [53] });
    expect(go(pod([dns]), `${POD}:53`).end).toBe("refused");
    expect(journey(pod([dns]), `udp -> ${POD}:53 uid=0 gid=0 from=pod`)).toMatchObject({ end: "application" });
  });

  test("Envoy refuses what would connect it to itself", () => {
    const world = pod(
      [sidecar()],
      "*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 15001\nCOMMIT\n",
    );
    expect(go(world, "198.51.100.7:15001")).toMatchObject({
      end: "refused",
      reason: "Envoy refuses: a connection to port 15001 itself goes nowhere",
    });
  });

  test("Envoy takes an endpoint by the chance that it is given", () => {
    const upstreams = { "10.97.0.1:80": ["198.51.100.1:80", "198.51.100.2:80"] };
    const world = pod(
      [sidecar({ upstreams })],
      "*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 15001\nCOMMIT\n",
    );
    const chosen = (random?: () => number) =>
      journey(world, "tcp -> 10.97.0.1:80 uid=1 gid=1 from=pod", random === undefined ? {} : { random }).hops.at(-1)!
        .packet.dst;
    expect([chosen(), chosen(() => 0), chosen(() => 0.99)]).toEqual(["198.51.100.1", "198.51.100.1", "198.51.100.2"]);
  });
});

describe("DNS capture", () => {
  const world: World = {
    places: [
      podPlace({
        name: "pod",
        addresses: [`${POD}/24`],
        gateways: ["10.33.0.1"],
        istio: { ...STANDARD, redirectDNS: true, dnsServersV4: ["10.97.0.10"] },
        actors: [sidecar({ resolvers: ["10.97.0.10:53"] })],
      }),
    ],
  };

  test("a query goes to the agent, which asks the resolver from zone 1", () => {
    const { hops, end } = journey(world, "udp -> 10.97.0.10:53 uid=1000 gid=1000 from=pod");
    expect(hops.map(({ walk, acceptedBy }) => [walk.fate.kind, walk.conntrack?.zone, acceptedBy])).toEqual([
      ["delivered", 2, "Envoy"],
      ["sent", 1, null],
    ]);
    expect(hops[0]!.walk.fate).toMatchObject({ dst: "127.0.0.1", dport: 15053 });
    expect(end).toBe("outside");
  });

  test("an agent without resolvers answers from what it knows", () => {
    const [place] = world.places;
    const known = { places: [{ ...place!, actors: [sidecar()] }] };
    expect(journey(known, "udp -> 10.97.0.10:53 uid=1000 gid=1000 from=pod").end).toBe("application");
  });
});

describe("connections in words", () => {
  test("are a packet's, and from", () => {
    expect(readConnection("tcp 10.0.0.1:5 -> 10.0.0.2:80 from=a uid=3")).toEqual({
      proto: "tcp",
      src: "10.0.0.1",
      sport: 5,
      dst: "10.0.0.2",
      dport: 80,
      uid: 3,
      from: "a",
    });
  });

  test.each([
    ["tcp -> 10.0.0.2:80", 19],
    ["tcp -> 10.0.0.2:80 from=", 25],
    ["tcp from=x -> 10.0.0.2:99999", 15],
  ])("%j is refused at its column", (text, column) => {
    let places: number[] = [];
    try {
      readConnection(text);
    } catch (error) {
      if (error instanceof ParseError) places = error.diagnostics.map((one) => one.column);
    }
    expect(places).toEqual([column]);
  });

  test("places must be known and have names of their own", () => {
    expect(() => go({ places: [] }, "10.0.0.1:80")).toThrow('no place is called "pod"');
    const [place] = pod([]).places;
    expect(() => go({ places: [place!, place!] }, "10.0.0.1:80")).toThrow('2 places are called "pod"');
  });
});

test("followProxies is a journey in one place", () => {
  const { netns } = pod([]).places[0]!;
  const rules = parse(
    "*nat\n-A OUTPUT -p tcp -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 15001\nCOMMIT\n",
  ).ruleset;
  const open = { ...netns, rulesets: [rules], host: { ...netns.host, sockets: null } };
  const followed = followProxies(open, "tcp -> 198.51.100.7:443 uid=1000 gid=1000", sidecarProxies());
  expect(followed.hops.map(({ proxy, packet }) => [proxy?.name, packet.uid, packet.dst])).toEqual([
    ["Envoy outbound", 1000, "198.51.100.7"],
    [undefined, 1337, "198.51.100.7"],
  ]);
  expect(followed).toMatchObject({ end: "outside", loop: null });
  const wrong = followProxies(open, "tcp -> 198.51.100.7:443 uid=1000 gid=1000", sidecarProxies({ uid: 0 }));
  expect(wrong.end).toBe("loop");
  expect(wrong.loop).toEqual([wrong.hops[1]]);
});
