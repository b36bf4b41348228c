/** The laboratory's pod, peer and node as a world, and a journey through it in the words of what the kernel tells. */
import { createNetns, type Journey, type JourneyHop, journey, parse, podPlace, type World } from "../../src/index.ts";
import { countersOf } from "../recorded/replay.ts";
import type { Cast } from "./journey-cast.ts";
import { type JourneyCase, type Mesh, whole } from "./journey-types.ts";
import { ADDRESSES, nodeRules } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

export function labWorld(wanted: JourneyCase, family: Family, cast: Cast): World {
  const { node: gateway, passthrough } = ADDRESSES[family];
  const [length, kind, all] = family === 4 ? ([24, "ipv4", "0.0.0.0/0"] as const) : ([64, "ipv6", "::/0"] as const);
  const read = (rules: string) => [parse(rules, { family: kind }).ruleset];
  const lo = { name: "lo", addresses: ["127.0.0.1/8", "::1/128", ...(family === 6 ? [`${passthrough}/128`] : [])] };
  const place = (name: "pod" | "peer", mesh: Mesh | undefined) => {
    const addresses = [`${ADDRESSES[family][name]}/${length}`];
    const toLoopback = mesh?.toLoopback ?? [];
    return podPlace({
      name,
      addresses,
      rulesets: read(mesh?.rules ?? whole("")),
      actors: cast[name].flatMap(({ actors }) => actors),
      netns: {
        ...(name === "pod" && wanted.sysctl && { sysctl: wanted.sysctl }),
        interfaces: [lo, { name: "eth0", addresses }],
        routes: [
          { to: "default", via: gateway, dev: "eth0", family: kind },
          ...toLoopback.map(({ table }) => ({ type: "local", to: all, dev: "lo", table })),
        ],
        rules: toLoopback.map((rule) => ({ ...rule, family: kind })),
      },
    });
  };
  const node = createNetns({
    rulesets: read(whole(nodeRules(family, wanted.node))),
    interfaces: [{ name: "cni0", addresses: [`${gateway}/${length}`] }],
    sockets: [],
    sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 },
  });
  return {
    places: [place("pod", wanted.pod), place("peer", wanted.peer), { name: "node", actors: [], netns: node }],
  };
}

export const travel = (world: World, { from, connection }: JourneyCase): Journey =>
  journey(world, { proto: "tcp", uid: 0, gid: 0, ...connection, from });

const isProxy = (name: string | null): boolean => name === "Envoy" || name === "ztunnel";

/** The hops as the kernel makes them: those of a loop over and over, until a place's proxies have accepted `rounds`. */
export function unrolled({ hops, loop }: Journey, rounds: number): readonly JourneyHop[] {
  if (loop === null) return hops;
  const all: JourneyHop[] = [];
  const accepted = new Map<string, number>();
  const start = hops.length - loop.hops.length;
  for (let at = 0; ; at++) {
    const hop = at < start ? hops[at]! : loop.hops[(at - start) % loop.hops.length]!;
    all.push(hop);
    if (!isProxy(hop.acceptedBy)) continue;
    const count = (accepted.get(hop.place) ?? 0) + 1;
    if (count >= rounds) return all;
    accepted.set(hop.place, count);
  }
}

/** Who accepted, as SO_ORIGINAL_DST and getsockname tell it; ports that a kernel draws are left out. */
export function acceptances(hops: readonly JourneyHop[]): readonly object[] {
  return hops.flatMap(({ walk: { fate }, original, acceptedBy, place }) =>
    fate.kind !== "delivered" || fate.socket === null || acceptedBy === null
      ? []
      : [
          {
            place,
            by: acceptedBy,
            port: fate.socket.port,
            local: { address: fate.dst, port: fate.dport },
            peer: fate.src,
            original,
          },
        ],
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
