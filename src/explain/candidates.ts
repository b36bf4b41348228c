import { addressText, type Family, type Words } from "../net/address.ts";
import { readPacket } from "../net/packet.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { readPacketWords } from "../net/packet-words.ts";
import { hasPorts, ICMP, ICMPV6, TCP, UDP } from "../net/protocol.ts";
import { type Netns, programsOf } from "../netns/netns.ts";
import { boundariesOf } from "../predicate/boundaries.ts";
import type { Predicate } from "../predicate/predicate.ts";
import { ruleKey } from "../predicate/rule-ref.ts";
import { conditionsOf, type Program } from "../program/program.ts";

/** One member of the packet that is not as it was; `undefined`: not given. */
export interface PacketChange {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** A change of a packet that is tried: one member, or what cannot be changed without others. */
export interface Candidate {
  readonly changes: readonly PacketChange[];
  readonly apply: (packet: PacketSpec) => PacketSpec;
}

/** A packet as an object, however it was given. */
export const specOf = (given: PacketSpec | string): PacketSpec =>
  typeof given === "string" ? readPacketWords(given) : given;

/** How many values of one field are tried: those of the rules that matter most come first. */
const MOST_VALUES = 32;

/** What the rules ask, those whose keys are in `near` first: in a large ruleset the rest is cut off. */
function predicatesOf({ chains }: Program, near: ReadonlySet<string>): readonly Predicate[] {
  const first: Predicate[] = [];
  const rest: Predicate[] = [];
  for (const { rules } of chains)
    for (const rule of rules)
      (near.has(ruleKey(rule.ref)) ? first : rest).push(...conditionsOf(rule).map(({ test }) => test));
  return [...first, ...rest];
}

/** What a packet usually has in a field, tried first: an ordinary owner, a web port. */
const ORDINARY = { uid: [1000, 0], gid: [1000, 0], dport: [80, 443] } as const;
const OWNER = { uid: 1000, gid: 1000 } as const;
/** Addresses that belong to no host (RFC 5737, RFC 3849): somewhere else. */
const ELSEWHERE: Readonly<Record<Family, string>> = { ipv4: "192.0.2.1", ipv6: "2001:db8::1" };

/**
 * The changes of a packet that may make rules answer otherwise, field by field: what is easiest to change first, and last
 * whether the packet is made here or arrives.
 *
 * @param near the rules whose values are tried first
 * @param goal a port that must not be given to the packet itself
 */
export function candidates(
  netns: Netns,
  spec: PacketSpec,
  near: ReadonlySet<string>,
  goal?: number,
): readonly (readonly Candidate[])[] {
  const packet = readPacket(spec);
  const { family } = packet;
  const programs = programsOf(netns).filter(({ families }) => families.includes(family));
  const { numbers, addresses, devices } = boundariesOf(
    programs.flatMap((program) => predicatesOf(program, near)),
    family,
  );
  const text = (words: Words): string => addressText(family, words);
  const own = hostAddresses(netns, spec, family);
  const local = packet.in === null;
  const numbersOf = (field: "uid" | "gid" | "dport" | "sport" | "mark", more: readonly number[] = []): number[] => [
    ...new Set([...more, ...(numbers[field] ?? [])]),
  ];
  const dimensions: (readonly Candidate[])[] = [];
  const dimension = (field: keyof PacketSpec, values: readonly unknown[]): void => {
    const from = spec[field];
    const distinct = [...new Set(values)].filter((to) => to !== from && !(field === "dport" && to === goal));
    dimensions.push(
      distinct
        .slice(0, MOST_VALUES)
        .map((to) => ({ changes: [{ field, from, to }], apply: (one) => ({ ...one, [field]: to }) })),
    );
  };
  if (local) {
    dimension("uid", numbersOf("uid", numbers.uid ? ORDINARY.uid : []));
    dimension("gid", numbersOf("gid", numbers.gid ? ORDINARY.gid : []));
  }
  const ports = hasPorts(packet.proto);
  if (ports) dimension("dport", numbersOf("dport", ORDINARY.dport));
  dimension("dst", [...own, ELSEWHERE[family], ...addresses.dst.map(text)]);
  dimension("src", [...(local ? own : []), ...addresses.src.map(text)]);
  dimension("mark", numbersOf("mark"));
  if (ports && numbers.sport) dimension("sport", numbersOf("sport"));
  if (numbers.proto) dimensions.push(protocols(spec, packet.proto, family));
  dimensions.push(local ? arrivals(spec, netns, devices.in) : departures(spec));
  return dimensions;
}

/** Addresses of the devices, lo's last; a namespace that is not described has whatever address the packet supposes. */
function hostAddresses({ host }: Netns, spec: PacketSpec, family: Family): string[] {
  const supposed = host.anonymous ? (spec.in === undefined ? spec.src : spec.dst) : undefined;
  const devices = [...host.devices.values()].sort((a, b) => Number(a.name === "lo") - Number(b.name === "lo"));
  const own = devices
    .filter((device) => device.name === "lo" || supposed === undefined)
    .flatMap((device) => device[family].map(({ words }) => addressText(family, words)));
  return supposed === undefined ? own : [supposed, ...own];
}

const without = (packet: PacketSpec, members: readonly (keyof PacketSpec)[]): PacketSpec =>
  Object.fromEntries(
    Object.entries(packet).filter(([name]) => !(members as readonly string[]).includes(name)),
  ) as never;

/** Another protocol needs ports, or has none. */
function protocols(spec: PacketSpec, now: number, family: Family): Candidate[] {
  const all = [
    [TCP, "tcp"],
    [UDP, "udp"],
    [family === "ipv4" ? ICMP : ICMPV6, "icmp"],
  ] as const;
  return all
    .filter(([number]) => number !== now)
    .map(([number, to]) => ({
      changes: [{ field: "proto", from: spec.proto, to }],
      apply(packet) {
        const bare = without(packet, ["flags", "type", "code", "id", "length"]);
        return hasPorts(number)
          ? { ...bare, proto: to, dport: bare.dport ?? 80 }
          : { ...without(bare, ["sport", "dport"]), proto: to };
      },
    }));
}

/** The packet arrives on a device in place of being made here: it has no owner then, and a source of its own. */
function arrivals(spec: PacketSpec, { host }: Netns, named: readonly string[]): Candidate[] {
  const { family } = readPacket(spec);
  const names = new Set([...host.devices.keys(), ...(host.anonymous ? named : [])]);
  return [...names]
    .filter((name) => name !== "lo")
    .map((to) => ({
      changes: [{ field: "in", from: spec.in, to }],
      apply(packet) {
        const own = host.devices.get(to)?.[family][0];
        const src = packet.src ?? (own ? addressText(family, own.words) : packet.dst);
        return { ...without(packet, ["uid", "gid", "groups", "transparent", "out"]), src, in: to };
      },
    }));
}

/** The packet is made here, by a socket of an ordinary owner that leaves its source to the route. */
const departures = (spec: PacketSpec): Candidate[] => [
  {
    changes: [
      { field: "in", from: spec.in, to: undefined },
      { field: "uid", from: undefined, to: OWNER.uid },
      { field: "gid", from: undefined, to: OWNER.gid },
    ],
    apply: (packet) => ({ ...without(packet, ["in", "out", "src"]), ...OWNER }),
  },
];
