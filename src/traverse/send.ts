import { type Entry, entryText } from "../conntrack/entry.ts";
import { addressText, type Words } from "../net/address.ts";
import { type Packet, type PacketSpec, readPacket } from "../net/packet.ts";
import { SCTP, TCP } from "../net/protocol.ts";
import { type Host, hostWithAddress } from "../netns/host.ts";
import { isLocalAddress } from "../netns/routing.ts";
import { CT_ESTABLISHED, CT_RELATED, DST_NAT } from "../predicate/frame.ts";
import { addCounts } from "./counters.ts";
import { type Netns, planOf } from "./netns.ts";
import { type Decision, oracle } from "./oracle.ts";
import { takePath } from "./path.ts";
import { Run } from "./run.ts";
import type { Observer } from "./trace.ts";
import { keepEntry } from "./track.ts";
import type { Walk, WalkConntrack } from "./walk.ts";

/** How a packet is sent; nothing here changes what is sent. */
export interface SendOptions {
  /** Seconds, on a clock of the caller's: for limits, and for entries that end. Default 0. */
  readonly time?: number;
  /**
   * Draws of `-m statistic --mode random`, without which one that matters is undetermined, and of ports that NAT chooses,
   * without which the lowest one is taken: numbers from 0 to below 1.
   */
  readonly random?: () => number;
  /** Told everything that happens. */
  readonly observer?: Observer;
}

/** A walk, the namespace after it, and what had to be decided on the way. */
export interface Attempt {
  readonly walk: Walk;
  readonly netns: Netns;
  readonly decisions: readonly Decision[];
}

/** @throws RangeError for a device that the namespace does not have */
export function readPacketFor(netns: Netns, given: PacketSpec | string): Packet {
  const packet = readPacket(given);
  const { devices, anonymous } = netns.host;
  if (!anonymous && packet.in !== null && !devices.has(packet.in)) {
    const known = [...devices.keys()].join(", ");
    throw new RangeError(`packet.in: "${packet.in}" is not a device of this namespace (it has ${known})`);
  }
  return packet;
}

const anonymousHosts = new WeakMap<Host, Map<string, Host>>();

/**
 * A host that nobody described has whatever address the packet supposes: its source if it is generated here, its
 * destination if it arrives. The namespace after the walk keeps it.
 */
function hostFor(netns: Netns, packet: Packet): Host {
  const { host } = netns;
  if (!host.anonymous) return host;
  const words: Words | null = packet.in === null ? packet.src : packet.in === "lo" ? null : packet.dst;
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
  const run = new Run({
    packet,
    host,
    plan: planOf(netns, packet.family),
    memory: netns,
    now: options.time ?? 0,
    oracle: ask,
    observer: options.observer ?? null,
    inPlace,
  });
  takePath(run);
  keepEntry(run);
  const walk = walkOf(run);
  const after: Netns = {
    rulesets: netns.rulesets,
    host,
    names: netns.names,
    conntrackOverride: netns.conntrackOverride,
    conntrack: run.conntrack,
    matchState: run.matchState,
    sets: run.sets,
    counters: addCounts(netns.counters, run.steps, packet.length),
  };
  return { walk, netns: after, decisions: ask.decisions };
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
          address: addressText(family, [entry.original.d0, entry.original.d1, entry.original.d2, entry.original.d3]),
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
