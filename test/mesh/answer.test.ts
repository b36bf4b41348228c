import { describe, expect, test } from "vitest";
import { parse } from "../../src/index.ts";
import { application } from "../../src/mesh/actors/application.ts";
import { sidecar } from "../../src/mesh/actors/sidecar.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { journey } from "../../src/mesh/journey/journey.ts";
import { journeyText } from "../../src/mesh/journey/text.ts";
import { podPlace } from "../../src/mesh/world/pod.ts";
import type { World } from "../../src/mesh/world/world.ts";

const TPROXY: IstioSettings = {
  inboundInterceptionMode: "TPROXY",
  inboundPortsInclude: "*",
  outboundIPRangesInclude: "*",
};
const PEER = podPlace({ name: "peer", addresses: ["10.244.3.9/24", "fd00:3::9/64"] });
const APP = application({ ports: [53, 80] });

const pod = (more: IstioSettings, netns = {}): World => ({
  places: [
    podPlace({
      name: "pod",
      addresses: ["10.244.3.8/24", "fd00:3::8/64"],
      gateways: ["10.244.3.1", "fd00:3::1"],
      istio: { ...TPROXY, enableIPv6: true, ...more },
      actors: [sidecar({ mode: "TPROXY" }), APP],
      netns,
    }),
    PEER,
  ],
});

describe("a connection is accepted when its answer has come back", () => {
  test("TPROXY without its policy route: the application's answer goes to the client and not to Envoy", () => {
    const found = journey(pod({}, { rules: [] }), "tcp -> 10.244.3.8:80 from=peer uid=0 gid=0");
    expect(found).toMatchObject({ end: "unanswered", place: "pod" });
    expect(found.reason).toBe("the answer of application in pod is lost: it ends in peer, where nobody waits for it");
    expect(found.hops.map((hop) => hop.acceptedBy)).toEqual([null, "Envoy", null]);
    expect(found.hops.at(-1)).toMatchObject({ opened: [], original: null });
    expect(journeyText(found)).toContain("heard at 10.244.3.8:80, whose answer is lost");
  });

  test("port 53 while DNS is captured: a client from outside hangs in IPv4 and goes round in IPv6", () => {
    const world = pod({ redirectDNS: true, dnsServersV4: ["10.96.0.10"], dnsServersV6: ["fd00:96::a"] });
    const four = journey(world, "tcp -> 10.244.3.8:53 from=peer uid=0 gid=0");
    expect(four.end).toBe("unanswered");
    expect(four.reason).toMatch(/^the answer of Envoy in pod is lost: it cannot go on in pod/);
    expect(journey(world, "tcp -> [fd00:3::8]:53 from=peer uid=0 gid=0").end).toBe("loop");
    expect(journey(world, "tcp -> 10.244.3.8:53 from=pod uid=1000 gid=1000").end).toBe("loop");
  });

  test("UDP is received at once: nobody waits for an answer", () => {
    const rules = "*filter\n:INPUT ACCEPT\n:OUTPUT DROP\nCOMMIT\n";
    const server = (proto: "tcp" | "udp") =>
      podPlace({
        name: "server",
        addresses: ["10.244.3.7/24"],
        rulesets: [parse(rules, { family: "ipv4" }).ruleset],
        actors: [application({ ports: [80], proto })],
      });
    const end = (proto: "tcp" | "udp") =>
      journey({ places: [server(proto), PEER] }, `${proto} -> 10.244.3.7:80 from=peer uid=0 gid=0`);
    expect(end("udp").end).toBe("application");
    expect(end("tcp")).toMatchObject({
      end: "unanswered",
      reason: "the answer of application in server is lost: the policy DROP of filter OUTPUT drops it in server",
    });
  });

  test("an answer from another address than the one that was dialled is not one", () => {
    const rules = (masquerade: string) => `*nat
:PREROUTING ACCEPT
:POSTROUTING ACCEPT
-A PREROUTING -d 10.96.0.5 -p tcp -j DNAT --to-destination 10.244.3.7
${masquerade}
COMMIT
`;
    const world = (masquerade: string): World => ({
      places: [
        podPlace({ name: "client", addresses: ["10.244.3.9/24"], gateways: ["10.244.3.1"] }),
        podPlace({ name: "server", addresses: ["10.244.3.7/24"], gateways: ["10.244.3.1"], actors: [APP] }),
        podPlace({
          name: "router",
          addresses: ["10.244.3.1/24"],
          rulesets: [parse(rules(masquerade), { family: "ipv4" }).ruleset],
          netns: { sysctl: { "net.ipv4.ip_forward": 1 } },
        }),
      ],
    });
    const dial = "tcp -> 10.96.0.5:80 from=client uid=0 gid=0";
    expect(journey(world(""), dial)).toMatchObject({
      end: "unanswered",
      reason: "the answer of application in server is lost: it comes from 10.244.3.7:80, and 10.96.0.5:80 was dialled",
    });
    expect(journey(world("-A POSTROUTING -j MASQUERADE"), dial).end).toBe("application");
  });

  test("who came from outside of the world has its answer when it leaves the way it came", () => {
    const found = journey(pod({}), "tcp 198.51.100.7:4000 -> 10.244.3.8:80 in=eth0 from=pod");
    expect(found.end).toBe("application");
  });
});

test("a tunnel that TPROXY brings to 15006 is bytes there, and ends at 15008", () => {
  const settings = { mode: "TPROXY", hbone: true, upstreams: { "10.96.0.5:80": ["10.244.3.8:80"] } } as const;
  const place = podPlace({
    name: "pod",
    addresses: ["10.244.3.8/24"],
    gateways: ["10.244.3.1"],
    istio: TPROXY,
    actors: [sidecar(settings), APP],
  });
  const { hops, end } = journey({ places: [place] }, "tcp -> 10.96.0.5:80 from=pod uid=1000 gid=1000");
  const ports = hops.map(({ walk: { fate } }) => (fate.kind === "delivered" ? fate.socket?.port : null));
  expect(ports).toEqual([15001, 15006, 15008, 80]);
  expect(hops.map(({ packet }) => packet.dport)).toEqual([80, 15008, 15008, 80]);
  expect(end).toBe("application");
});
