import type { Family } from "../net/address.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import { type Edges, edgesOf } from "../walk/edges.ts";

/** Addresses that are nobody's (RFC 5737, RFC 3849): somewhere else. */
const ELSEWHERE: Readonly<Record<Family, string>> = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };
const ORDINARY_PORT = 80;
const ORDINARY_OWNER = 1000;

const distinct = <T>(...values: readonly T[]): T[] => [...new Set(values)];

/** Owners that rules tell apart: an ordinary one, and each named uid and gid with and without the other. */
function owners({ uid, gid }: Edges): readonly Pick<PacketSpec, "uid" | "gid">[] {
  const users = distinct(ORDINARY_OWNER, 0, ...uid);
  const groups = distinct(ORDINARY_OWNER, ...gid);
  return users.flatMap((one) => groups.map((group) => ({ uid: one, gid: group })));
}

/**
 * One TCP packet for each way in which the rules may look at a connection: every owner, destination and port that they
 * name and their neighbours, made here or arriving.
 *
 * They stand for all packets of rules that test these fields one by one, as mesh rules do; it is a sample and no proof.
 */
export function* probes(netns: Netns): Generator<PacketSpec> {
  const families = new Set(netns.rulesets.map(({ family }) => family));
  for (const family of families) {
    const edges = edgesOf(netns, family);
    const ports = distinct(ORDINARY_PORT, ...edges.dport);
    const destinations = distinct(...edges.own, ELSEWHERE[family], ...edges.dst);
    for (const dst of destinations)
      for (const dport of ports) for (const owner of owners(edges)) yield { proto: "tcp", dst, dport, ...owner };
    const [home] = edges.own;
    if (home === undefined) continue;
    for (const device of edges.devices)
      for (const dport of ports)
        for (const src of distinct(ELSEWHERE[family], ...edges.src))
          yield { proto: "tcp", src, dst: home, dport, in: device };
  }
}
