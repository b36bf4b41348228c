import type { Entry } from "../conntrack/entry.ts";
import type { ConntrackTable } from "../conntrack/table.ts";
import { packetTuple, type Tuple } from "../conntrack/tuple.ts";
import type { Host } from "../host/host.ts";
import { leadsBack } from "../host/reverse-path.ts";
import { addressTypes } from "../host/routing.ts";
import type { SetTable } from "../host/sets/ip-set.ts";
import type { Socket } from "../host/sockets.ts";
import type { Family, Words } from "../net/address.ts";
import type { Packet } from "../net/packet.ts";
import type { Prepared, PreparedChain } from "../netns/prepare.ts";
import type { Step } from "../netns/step.ts";
import { HOOKS } from "../predicate/action.ts";
import { addressOf } from "../predicate/compile.ts";
import {
  ABSENT,
  type AddressField,
  type Frame,
  type FrameHost,
  type Question,
  type ReversePathLookup,
  type SetLookup,
  type SocketLookup,
  UNSAID,
} from "../predicate/frame.ts";
import { countConnections } from "./connections.ts";
import type { Oracle } from "./oracle.ts";
import { describeSetOf, inSet } from "./sets.ts";
import { findsSocket } from "./socket-match.ts";
import type { Observer } from "./trace.ts";
import type { Fate, Listener } from "./walk.ts";

export const PREROUTING: number = HOOKS.indexOf("PREROUTING");
export const INPUT: number = HOOKS.indexOf("INPUT");
export const FORWARD: number = HOOKS.indexOf("FORWARD");
export const OUTPUT: number = HOOKS.indexOf("OUTPUT");
export const POSTROUTING: number = HOOKS.indexOf("POSTROUTING");

/** What a walk reads and changes of a namespace. */
export interface Memory {
  readonly conntrack: ConntrackTable;
  readonly matchState: ReadonlyMap<string, unknown>;
  readonly sets: SetTable | null;
}

/**
 * One packet on its way: everything that the stages of a walk share, the one thing here that lives and changes.
 *
 * It is the frame's host at the same time, so a condition can ask it without another object in between; a class, because
 * ten closures for each packet took a fifth of a walk's time.
 */
export class Run implements FrameHost {
  readonly frame: Frame;
  readonly steps: Step[] = [];
  /** The stack of the table that is being walked: where `-j` came from. One for the whole walk. */
  readonly chains: PreparedChain[] = [];
  readonly places: number[] = [];
  /** Index of the hook that is being traversed. */
  hook: number = OUTPUT;
  /** null while the packet is on its way. */
  fate: Fate | null = null;
  /** The working copy of the packet's entry; the frame shows the same one. */
  entry: Entry | null = null;
  /** Zones that a CT target has set, before conntrack; null: none has (Z1). */
  zone: { readonly original: number | "mark"; readonly reply: number | "mark" } | null = null;
  /** The entry was taken out of the table while the packet still carries it (E1). */
  forgotten = false;
  /** What a CT rule hung on the packet, for the time until conntrack looks at it, and where its mark is kept (E9). */
  template: { readonly entry: Entry; readonly key: string } | null = null;
  /** The source that a packet of this host was sent with, before any translation. */
  source: Words | null = null;
  /** The walk of the packet that this one answers; null: nobody's. */
  origin: Run | null = null;
  /** The socket that TPROXY assigned. */
  assigned: Listener | null = null;
  /** The same, where the host's sockets are known. */
  assignedSocket: Socket | null = null;
  /** The device of the route in force, for a packet of this host. */
  outRoute = "";
  /** The next hop of the route in force: MASQUERADE looks at it (N18). */
  nextHop: Words;
  /** An ICMP error whose quoted packet belongs to the entry: translated, never evaluated by nat (N21). */
  related = false;
  /** The headers that an ICMP error quotes, as they are now: nat rewrites them together with the outer ones. */
  quoted: Tuple | null;
  conntrack: ConntrackTable;
  matchState: ReadonlyMap<string, unknown>;
  sets: SetTable | null;
  readonly family: Family;
  readonly packet: Packet;
  readonly host: Host;
  readonly plan: Prepared;
  readonly now: number;
  readonly oracle: Oracle;
  readonly observer: Observer | null;
  #forked: boolean;

  constructor(setting: RunSetting) {
    const { packet, host, plan, memory, now, oracle, observer } = setting;
    this.family = packet.family;
    this.packet = packet;
    this.host = host;
    this.plan = plan;
    this.now = now;
    this.oracle = oracle;
    this.observer = observer;
    this.nextHop = packet.dst;
    this.quoted = packet.quoted === null ? null : packetTuple(packet.quoted);
    this.conntrack = memory.conntrack;
    this.#forked = setting.inPlace;
    this.matchState = memory.matchState;
    this.sets = memory.sets;
    this.frame = frameOf(packet, this);
  }

  addressTypes(frame: Frame, field: AddressField, device: string | undefined): number {
    return addressTypes(this.host, this.family, addressOf(frame, field), device);
  }

  findsSocket(frame: Frame, lookup: SocketLookup, question: Question): boolean {
    return findsSocket(this, frame, lookup, question);
  }

  leadsBack(frame: Frame, lookup: ReversePathLookup, question: Question): boolean {
    // Over lo every packet is in its place, whatever else there is.
    if (this.host.anonymous && frame.inDevice !== "lo") return this.oracle.decide(question, frame);
    const { v6, mark, inDevice } = frame;
    const [source, destination] = [addressOf(frame, "src"), addressOf(frame, "dst")];
    return leadsBack(this.host, { v6, source, destination, mark, inDevice }, lookup);
  }

  readState(key: string): unknown {
    return this.matchState.get(key);
  }

  writeState(key: string, state: unknown): void {
    this.matchState = new Map(this.matchState).set(key, state);
  }

  chance(probability: number, question: Question): boolean {
    return this.oracle.chance(probability, question);
  }

  decide(question: Question, frame: Frame): boolean {
    return this.oracle.decide(question, frame);
  }

  inSet(frame: Frame, lookup: SetLookup, question: Question): boolean {
    return inSet(this, frame, lookup, question);
  }

  describeSet(frame: Frame, lookup: SetLookup): string | undefined {
    return describeSetOf(this, frame, lookup);
  }

  transformed(question: Question, frame: Frame): boolean {
    return !this.host.withoutXfrm && this.oracle.decide(question, frame);
  }

  countConnections(frame: Frame, field: AddressField, mask: Words, key: string): number {
    return countConnections(this, frame, field, mask, key);
  }

  /** The table that this walk may change: forked at the first change. */
  ownConntrack(): ConntrackTable {
    if (!this.#forked) {
      this.conntrack = this.conntrack.fork();
      this.#forked = true;
    }
    return this.conntrack;
  }
}

/** What a walk starts from. */
export interface RunSetting {
  readonly packet: Packet;
  readonly host: Host;
  readonly plan: Prepared;
  readonly memory: Memory;
  readonly now: number;
  readonly oracle: Oracle;
  readonly observer: Observer | null;
  /** The conntrack table may be changed as it is. */
  readonly inPlace: boolean;
}

function frameOf(packet: Packet, host: FrameHost): Frame {
  const [s0, s1, s2, s3] = packet.src ?? [0, 0, 0, 0];
  const [d0, d1, d2, d3] = packet.dst;
  const local = packet.in === null;
  return {
    v6: packet.family === "ipv6",
    s0,
    s1,
    s2,
    s3,
    d0,
    d1,
    d2,
    d3,
    proto: packet.proto,
    sport: packet.sport,
    dport: packet.dport,
    icmpType: packet.type,
    icmpCode: packet.code,
    icmpId: packet.id,
    tcpFlags: packet.flags,
    length: packet.length,
    ttl: packet.ttl,
    tos: packet.tos,
    mark: packet.mark,
    inDevice: "",
    outDevice: "",
    physIn: "",
    physOut: "",
    uid: local ? (packet.uid ?? UNSAID) : ABSENT,
    gid: local ? (packet.gid ?? UNSAID) : ABSENT,
    groups: packet.groups,
    socket: local ? 1 : 0,
    ctstate: 0,
    entry: null,
    isReply: false,
    host,
  };
}
