import type { Entry } from "../../conntrack/entry.ts";
import type { ConntrackTable } from "../../conntrack/table.ts";
import { packetTuple, type Tuple } from "../../conntrack/tuple.ts";
import type { Host } from "../../host/host.ts";
import type { SetTable } from "../../host/sets/ip-set.ts";
import type { Socket } from "../../host/sockets.ts";
import type { Family, Words } from "../../net/address.ts";
import type { Packet } from "../../net/packet.ts";
import { HOOKS, type RejectEffect } from "../../predicate/effect.ts";
import type { Frame, Surroundings } from "../../predicate/frame.ts";
import type { Question } from "../../predicate/question.ts";
import type { Step } from "../../program/step.ts";
import { frameOf } from "./frame-of.ts";
import type { Oracle } from "./oracle.ts";
import type { Prepared } from "./prepared.ts";
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
 * It is what surrounds the frame at the same time, so a test can ask it without another object in between; a class,
 * because closures for each packet took a fifth of a walk's time.
 */
export class Run implements Surroundings {
  readonly frame: Frame;
  readonly steps: Step[] = [];
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
  template: { readonly entry: Entry; readonly slot: string } | null = null;
  /** The source that a packet of this host was sent with, before any translation. */
  source: Words | null = null;
  /** The walk of the packet that this one answers; null: it answers none. */
  origin: Run | null = null;
  /** What REJECT sends back. */
  reply: RejectEffect["answer"] | null = null;
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

  ask(question: Question, { physOut }: Frame): boolean {
    const { fact } = question;
    // What a bridge sends on, by whichever of its ports, came in by one and leaves by one.
    if (fact.kind === "name" && fact.pattern === "" && physOut !== "") {
      if (fact.field === "physIn" || fact.field === "physOut") return false;
    }
    return this.oracle.ask(question);
  }

  draw(probability: number, question: Question): boolean {
    return this.oracle.draw(probability, question);
  }

  /** What a memory has kept of earlier packets. */
  read(slot: string): unknown {
    return this.matchState.get(slot);
  }

  write(slot: string, state: unknown): void {
    this.matchState = new Map(this.matchState).set(slot, state);
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

/** The walk that a frame is on. */
export const runOf = (frame: Frame): Run => frame.run as Run;

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
