import { type Entry, entryText } from "../conntrack/entry.ts";
import { destinationWords } from "../conntrack/tuple.ts";
import { type Host, hostWithAddress } from "../host/host.ts";
import { isLocalAddress } from "../host/routing.ts";
import { addressText, type Words } from "../net/address.ts";
import { type Packet, readPacket } from "../net/packet.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { SCTP, TCP } from "../net/protocol.ts";
import { addCounts } from "../netns/counters.ts";
import { type Netns, planFor } from "../netns/netns.ts";
import { CT_ESTABLISHED, CT_RELATED, DST_NAT } from "../predicate/frame.ts";
import { answerTo, closeIfReset } from "./answer.ts";
import { takePath } from "./path.ts";
import { preparedOf } from "./prepare.ts";
import { type Decision, oracle } from "./run/oracle.ts";
import { Run, type RunSetting } from "./run/run.ts";
import type { Observer } from "./run/trace.ts";
import type { Walk, WalkConntrack } from "./run/walk.ts";
import { throughBridge } from "./switched.ts";
import { keepEntry } from "./tracking/track.ts";

/** How a packet is sent; nothing here changes what is sent. */
export interface SendOptions {
  /** Seconds, on a clock of the caller's: for limits, and for entries that end. Default 0. */
  readonly time?: number;
  /**
   * Draws of `-m statistic --mode random`, without which one that matters is undetermined, and of ports that NAT chooses,
   * without which the lowest one is taken: numbers from 0 to below 1.
   */
  readonly random?: () => number;
  /** Told everything that happens to the packet; not what happens to an answer. */
  readonly observer?: Observer;
  /**
   * Also sends what REJECT answers, as the kernel does at once: it raises counters, and its own walk is told beside the
   * packet's (J1 to J4). Default: no, and `fate.with` tells what would be answered.
   */
  readonly answers?: boolean;
}

/** What the kernel sends back by itself for a packet that was rejected. */
export interface Answer {
  /** As it could be sent; its source is left out where the route chooses it. */
  readonly packet: PacketSpec;
  readonly walk: Walk;
  /** A reset that meets a REJECT itself is answered with an error; null otherwise. */
  readonly answer: Answer | null;
}

/** A walk, the namespace after it, and what had to be decided on the way. */
export interface Attempt {
  readonly walk: Walk;
  /** Null where nothing was rejected, the kernel does not answer, or answers were not asked for. */
  readonly answer: Answer | null;
  readonly netns: Netns;
  readonly decisions: readonly Decision[];
}

/** @throws RangeError for a device that the namespace does not have */
export function readPacketFor(netns: Netns, given: PacketSpec | string): Packet {
  const { devices, anonymous } = netns.host;
  const packet = throughBridge(readPacket(given), netns.host);
  if (!anonymous && packet.in !== null && !devices.has(packet.in)) {
    const known = [...devices.keys()].join(", ");
    throw new RangeError(`packet.in: "${packet.in}" is not a device of this namespace (it has ${known})`);
  }
  return packet;
}

const anonymousHosts = new WeakMap<Host, Map<string, Host>>();

/**
 * A host that is not described has whatever address the packet supposes: its source if it is generated here, its
 * destination if it arrives. The namespace after the walk keeps it.
 */
function hostFor(netns: Netns, packet: Packet): Host {
  const { host } = netns;
  if (!host.anonymous) return host;
  const words: Words | null =
    packet.in === null ? packet.src : packet.in === "lo" || packet.physOut !== "" ? null : packet.dst;
  if (words === null || isLocalAddress(host, packet.family, words)) return host;
  const device = packet.in ?? "eth0";
  const key = `${packet.family} ${device} ${words.join(" ")}`;
  let hosts = anonymousHosts.get(host);
  if (hosts === undefined) {
    hosts = new Map();
    anonymousHosts.set(host, hosts);
  }
  let found = hosts.get(key);
  if (found === undefined) {
    found = hostWithAddress(host, packet.family, device, words);
    hosts.set(key, found);
  }
  return found;
}

/**
 * One walk, with the given answers to what the input leaves open; more questions are answered no.
 *
 * `send`, `outcomes` and `simulate` are made of this. `inPlace`: the conntrack table of `netns` is a working copy.
 */
export function attempt(
  netns: Netns,
  packet: Packet,
  options: SendOptions,
  forced: readonly boolean[],
  inPlace = false,
): Attempt {
  const ask = oracle(forced, options.random);
  const host = hostFor(netns, packet);
  const setting: RunSetting = {
    packet,
    host,
    plan: preparedOf(planFor(netns, packet.family), packet.family),
    memory: netns,
    now: options.time ?? 0,
    oracle: ask,
    observer: options.observer ?? null,
    inPlace,
  };
  const run = new Run(setting);
  takePath(run);
  closeIfReset(run);
  // Before the answer, which has the same entry in hand.
  const walk = walkOf(run);
  const sent: Progress = { counters: addCounts(netns.counters, run.steps, packet.length), last: run };
  const answer = options.answers ? sendAnswer(run, setting, sent) : null;
  const { last, counters } = sent;
  keepEntry(last);
  const after: Netns = {
    rulesets: netns.rulesets,
    host,
    names: netns.names,
    conntrackOverride: netns.conntrackOverride,
    conntrack: last.conntrack,
    matchState: last.matchState,
    sets: last.sets,
    counters,
  };
  return { walk, answer, netns: after, decisions: ask.decisions };
}

/** How far sending has come: the walk that has the namespace in hand, and what was counted. */
interface Progress {
  counters: Netns["counters"];
  last: Run;
}

/** An answer is answered at most once more: errors are not, and only a reset may be. */
function sendAnswer(refused: Run, setting: RunSetting, sent: Progress): Answer | null {
  const answered = answerTo(refused, setting);
  if (answered === null) return null;
  const { run, packet } = answered;
  const walk = walkOf(run);
  sent.counters = addCounts(sent.counters, run.steps, run.packet.length);
  sent.last = run;
  return { packet, walk, answer: sendAnswer(run, setting, sent) };
}

function walkOf(run: Run): Walk {
  const { entry, frame, family } = run;
  const state = frame.ctstate === CT_ESTABLISHED ? "ESTABLISHED" : frame.ctstate === CT_RELATED ? "RELATED" : "NEW";
  const translated = entry !== null && (entry.status & DST_NAT) !== 0 && !frame.isReply;
  const socketOption = translated && (entry.original.proto === TCP || entry.original.proto === SCTP);
  return {
    fate: run.fate!,
    steps: run.steps,
    conntrack: entry === null ? null : conntrackOf(entry, state),
    originalDst: socketOption
      ? {
          address: addressText(family, destinationWords(entry.original)),
          port: entry.original.dport,
        }
      : null,
  };
}

/** Member by member: spreading the text's object cost a tenth of a walk. */
function conntrackOf(entry: Entry, state: string): WalkConntrack {
  const { proto, zone, mark, original, reply } = entryText(entry);
  return { proto, zone, mark, state, original, reply };
}
