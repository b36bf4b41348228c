/** The laboratory's pod, peer and node as a world, and a journey through it in the words of what the kernel tells. */
import {
  application,
  createNetns,
  type Journey,
  type JourneyHop,
  journey,
  parse,
  podPlace,
  sidecar,
  type World,
} from "../../src/index.ts";
import { countersOf } from "../recorded/replay.ts";
import { type JourneyCase, OLD_PORT } from "./journey-cases.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

const endpoint = (words: string): string => {
  const [address, port] = words.split(" ");
  return address!.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
};

/** `node` is what iptables-save prints on the node. */
function labWorld({ rules, relay }: JourneyCase, family: Family, node: string): World {
  const { pod, peer, node: gateway, passthrough } = ADDRESSES[family];
  const [length, kind] = family === 4 ? ([24, "ipv4"] as const) : ([64, "ipv6"] as const);
  const upstreams = Object.fromEntries(
    Object.entries(relay.upstreams ?? {}).map(([from, to]) => [endpoint(from), [endpoint(to)]]),
  );
  const { uid, gid, bind } = relay;
  const envoy = sidecar({ upstreams, ...(uid && { uid }), ...(gid && { gid }), ...(bind && { bind }) });
  const pods = { gateways: [gateway] };
  const lo = { name: "lo", addresses: ["127.0.0.1/8", "::1/128", ...(family === 6 ? [`${passthrough}/128`] : [])] };
  return {
    places: [
      podPlace({
        ...pods,
        name: "pod",
        addresses: [`${pod}/${length}`],
        rulesets: [parse(rules, { family: kind }).ruleset],
        actors: [envoy, application({ ports: [80, OLD_PORT] })],
        netns: { interfaces: [lo, { name: "eth0", addresses: [`${pod}/${length}`] }] },
      }),
      podPlace({ ...pods, name: "peer", addresses: [`${peer}/${length}`], actors: [application({ ports: [80] })] }),
      {
        name: "node",
        actors: [],
        netns: createNetns({
          rulesets: [parse(node, { family: kind }).ruleset],
          interfaces: [{ name: "cni0", addresses: [`${gateway}/${length}`] }],
          sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 },
        }),
      },
    ],
  };
}

export const travel = (wanted: JourneyCase, family: Family, node: string): Journey =>
  journey(labWorld(wanted, family, node), { proto: "tcp", uid: 0, gid: 0, ...wanted.connection, from: wanted.from });

/** The hops as the kernel makes them: the rounds of a loop over and over, until the relay has accepted `rounds` times. */
export function unrolled({ hops, loop }: Journey, rounds: number): readonly JourneyHop[] {
  const all: JourneyHop[] = [...hops];
  const accepted = () => all.filter((hop) => hop.acceptedBy === "Envoy").length;
  while (loop !== null && accepted() < rounds) all.push(...loop.hops);
  return all;
}

/** Who accepted, as SO_ORIGINAL_DST and getsockname tell it; ports that a kernel draws are left out. */
export function acceptances(hops: readonly JourneyHop[]): readonly object[] {
  return hops.flatMap(({ walk: { fate }, original, acceptedBy, place }) =>
    fate.kind !== "delivered" || fate.socket === null
      ? []
      : [{ by: acceptedBy === "Envoy" ? "relay" : place, local: fate.socket, peer: fate.src, original }],
  );
}

/** How often the rules and policies of a place's nat table were counted. */
export function natCounters(hops: readonly JourneyHop[], place: string): Record<string, number> {
  const counters: Record<string, number> = {};
  for (const hop of hops)
    if (hop.place === place)
      for (const [at, count] of Object.entries(countersOf(hop.walk)))
        if (at.startsWith("nat ")) counters[at] = (counters[at] ?? 0) + count;
  return counters;
}
