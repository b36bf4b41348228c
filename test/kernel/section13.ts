/**
 * The connections of a pod with a sidecar, and what becomes of each (semantics.md section 13, all 23 rows).
 *
 * Row 23 says that IPv6 does the same: every row is made for both families, and where IPv6 differs after all, the row
 * says so.
 */
import type { SocketSpec } from "../../src/index.ts";
import { ADDRESSES, type Place } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

export interface Section13Case {
  readonly row: number;
  readonly name: string;
  readonly from: Place;
  readonly connection: {
    readonly proto: "tcp" | "udp" | "icmp";
    readonly src?: string;
    readonly dst: string;
    readonly dport?: number;
    readonly uid?: number;
    readonly gid?: number;
  };
  /** Rules of the nat table whose counter becomes 1. */
  readonly hits: readonly string[];
  /** Who accepts, and at which port. */
  readonly at: Place;
  readonly port?: number;
  /** The accepted socket's own address; without it, what was dialled. */
  readonly local?: string;
  /** The address of the other end, as the acceptor sees it. */
  readonly peer?: string;
  /** SO_ORIGINAL_DST, if translated. */
  readonly originalDst?: { readonly address: string; readonly port: number };
}

type Owner = { readonly uid: number; readonly gid: number };

const APP: Owner = { uid: 1000, gid: 1000 };
const ENVOY: Owner = { uid: 1337, gid: 1337 };
const ROOT: Owner = { uid: 0, gid: 0 };
const GROUP_ONLY: Owner = { uid: 1000, gid: 1337 };
const USER_ONLY: Owner = { uid: 1337, gid: 1000 };

/** Hits of a connection that rule `n` of ISTIO_OUTPUT decides. */
function out(n: number): readonly string[] {
  const next = n === 9 ? ["ISTIO_REDIRECT 1"] : n === 2 || n === 5 ? ["ISTIO_IN_REDIRECT 1"] : [];
  return ["OUTPUT 1", `ISTIO_OUTPUT ${n}`, ...next];
}

/** Hits of a connection that rule `n` of ISTIO_INBOUND decides; the sixth is the redirection. */
function inbound(n: number): readonly string[] {
  return ["PREROUTING 1", `ISTIO_INBOUND ${n}`, ...(n === 6 ? ["ISTIO_IN_REDIRECT 1"] : [])];
}

/** Ports that inbound redirection spares, each with the number of its rule. */
const SPARED: Readonly<Record<number, number>> = { 15008: 1, 22: 2, 15090: 3, 15021: 4, 15020: 5 };

const both = (
  ns: Place,
  proto: "tcp" | "udp",
  owner: Owner,
  ports: readonly number[],
): (SocketSpec & { ns: Place })[] =>
  ports.flatMap((port) => ["0.0.0.0", "::"].map((address) => ({ ns, proto, address, port, ...owner })));

export const LISTENERS: readonly (SocketSpec & { readonly ns: Place })[] = [
  ...both("pod", "tcp", APP, [80, 22, 8080]),
  ...both("pod", "tcp", ENVOY, [15000, 15001, 15006, 15008, 15020, 15021, 15090]),
  ...both("pod", "udp", APP, [53]),
  ...both("peer", "tcp", ROOT, [80, 15008]),
  ...both("peer", "udp", ROOT, [53]),
  ...both("node", "tcp", ROOT, [80]),
];

type Row = Omit<Section13Case, "connection" | "from" | "at"> & { readonly at?: Place };

/** All cases of one family. */
export function section13(family: Family): readonly Section13Case[] {
  const { pod, peer, node, vip, loopback, passthrough } = ADDRESSES[family];

  /** A connection that somebody in the pod opens. */
  const local = (owner: Owner, dst: string, dport: number, row: Row & { readonly src?: string }): Section13Case => {
    const { src, ...rest } = row;
    const connection = { proto: "tcp" as const, dst, dport, ...owner, ...(src === undefined ? {} : { src }) };
    return { from: "pod", at: "pod", connection, ...rest };
  };
  /** One that Envoy's outbound or inbound port catches on its way out of a process of the pod. */
  const caught = (port: 15001 | 15006, owner: Owner, dst: string, dport: number, row: number, name: string) =>
    local(owner, dst, dport, {
      row,
      name,
      port,
      local: loopback,
      peer: dst === passthrough ? loopback : pod,
      originalDst: { address: dst, port: dport },
      hits: out(port === 15001 ? 9 : 2),
    });
  /** One that comes from outside. */
  const incoming = (from: Place, dport: number, row: number): Section13Case => {
    const spared = SPARED[dport];
    const connection = { proto: "tcp" as const, dst: pod, dport };
    const common = { row, name: `${from} → pod:${dport}`, from, at: "pod" as const, connection, local: pod };
    const end = { ...common, peer: ADDRESSES[family][from], hits: inbound(spared ?? 6) };
    if (spared !== undefined) return { ...end, port: dport };
    // Redirected from 15006 to 15006 nothing changes, so nothing counts as translated (rule B4).
    return { ...end, port: 15006, ...(dport === 15006 ? {} : { originalDst: { address: pod, port: dport } }) };
  };
  const plain = (row: number, name: string, from: Place, at: Place, proto: "udp" | "icmp"): Section13Case => ({
    row,
    name,
    from,
    at,
    connection: { proto, dst: ADDRESSES[family][at], ...APP, ...(proto === "udp" ? { dport: 53 } : {}) },
    hits: [],
    ...(proto === "udp" ? { port: 53, peer: ADDRESSES[family][from] } : {}),
  });

  // An unbound socket that talks to 127.0.0.6 gets the source 127.0.0.1. In IPv6 a local destination is its own source
  // (rule L2), so a connection to ::6 comes from ::6 and rule 1 lets it pass, whoever opened it.
  const itself = family === 6;
  const toPassthrough = itself
    ? local(ENVOY, passthrough, 80, { row: 12, name: "envoy → ::6:80", port: 80, peer: passthrough, hits: out(1) })
    : caught(15006, ENVOY, passthrough, 80, 12, "envoy → 127.0.0.6:80");

  return [
    caught(15001, APP, peer, 80, 1, "app → peer:80"),
    local(APP, pod, 80, { row: 2, name: "app → own pod IP:80", port: 80, peer: pod, hits: out(3) }),
    local(APP, loopback, 80, { row: 3, name: "app → loopback:80", port: 80, peer: loopback, hits: out(3) }),
    local(APP, passthrough, 80, {
      row: 4,
      name: "app → 127.0.0.6 or ::6, port 80",
      port: 80,
      peer: itself ? passthrough : loopback,
      hits: out(itself ? 1 : 3),
    }),
    caught(15001, APP, vip, 80, 5, "app → own VIP:80"),
    caught(15001, APP, peer, 15008, 6, "app → peer:15008"),
    caught(15001, APP, node, 80, 6, "app → node:80"),
    caught(15001, ROOT, peer, 80, 6, "root → peer:80"),
    local(APP, pod, 80, {
      row: 7,
      name: "app from 127.0.0.6 → own pod IP:80",
      src: passthrough,
      port: 80,
      peer: passthrough,
      hits: out(1),
    }),
    local(ENVOY, peer, 80, { row: 8, name: "envoy → peer:80", at: "peer", port: 80, peer: pod, hits: out(4) }),
    caught(15006, ENVOY, pod, 80, 9, "envoy → own pod IP:80"),
    caught(15006, ENVOY, pod, 15008, 10, "envoy → own pod IP:15008"),
    local(ENVOY, loopback, 80, { row: 11, name: "envoy → loopback:80", port: 80, peer: loopback, hits: out(4) }),
    toPassthrough,
    ...[pod, loopback].map((dst) =>
      local(ENVOY, dst, 80, {
        row: 13,
        name: `envoy from 127.0.0.6 → ${dst}:80`,
        src: passthrough,
        port: 80,
        peer: passthrough,
        hits: out(1),
      }),
    ),
    local(ENVOY, vip, 80, {
      row: 14,
      name: "envoy → own VIP:80, round by the node",
      port: 15006,
      local: pod,
      peer: node,
      originalDst: { address: pod, port: 80 },
      hits: [...out(4), ...inbound(6)],
    }),
    local(GROUP_ONLY, peer, 80, { row: 15, name: "gid 1337 → peer:80", at: "peer", port: 80, peer: pod, hits: out(7) }),
    local(GROUP_ONLY, pod, 80, { row: 16, name: "gid 1337 → own pod IP:80", port: 80, peer: pod, hits: out(3) }),
    local(GROUP_ONLY, loopback, 80, {
      row: 17,
      name: "gid 1337 → loopback:80",
      port: 80,
      peer: loopback,
      hits: out(3),
    }),
    local(USER_ONLY, peer, 80, { row: 18, name: "uid 1337 → peer:80", at: "peer", port: 80, peer: pod, hits: out(4) }),
    caught(15006, USER_ONLY, pod, 80, 18, "uid 1337 → own pod IP:80"),
    ...[80, 8080, 9999, 15000, 15001, 15006].map((port) => incoming("peer", port, 19)),
    incoming("node", 80, 19),
    ...[15008, 15020, 15021, 15090, 22].map((port) => incoming("peer", port, 20)),
    {
      ...incoming("peer", 80, 21),
      name: "peer → VIP:80",
      connection: { proto: "tcp", dst: vip, dport: 80 },
      peer: node,
    },
    plain(22, "app → peer, UDP", "pod", "peer", "udp"),
    plain(22, "peer → pod, UDP", "peer", "pod", "udp"),
    plain(22, "app → peer, ICMP", "pod", "peer", "icmp"),
    plain(22, "peer → pod, ICMP", "peer", "pod", "icmp"),
  ];
}
