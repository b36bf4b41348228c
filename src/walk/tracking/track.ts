import type { Entry } from "../../conntrack/entry.ts";
import {
  openTcp,
  STALLED_TIMEOUT,
  tcpAssures,
  tcpFlagsValid,
  tcpProlongs,
  tcpTimeout,
  trackTcp,
} from "../../conntrack/tcp.ts";
import { type Segment, segmentOf } from "../../conntrack/tcp-window.ts";
import { frameTuple, icmpHasInverse, icmpOpens, invert, type Tuple } from "../../conntrack/tuple.ts";
import { tcpPayload } from "../../net/packet.ts";
import { hasPorts, ICMP, ICMPV6, isIcmp, TCP, UDP } from "../../net/protocol.ts";
import { RST } from "../../net/tcp-flags.ts";
import {
  ASSURED,
  CONFIRMED,
  CT_ESTABLISHED,
  CT_INVALID,
  CT_NEW,
  CT_RELATED,
  CT_UNTRACKED,
  type Frame,
  SEEN_REPLY,
} from "../../predicate/frame.ts";
import { hookOf } from "../run/fates.ts";
import type { Run } from "../run/run.ts";
import { hasRoom } from "./full-table.ts";
import { dropTemplate } from "./template.ts";

/** ICMP types that report an error about another packet. */
export const isIcmpError = (proto: number, type: number): boolean =>
  proto === ICMP ? [3, 4, 5, 11, 12].includes(type) : proto === ICMPV6 && type < 128;

/** Neighbour discovery and multicast listener messages are never tracked. Source: icmpv6_error, noct_valid_new. */
const isNeighbourMessage = (proto: number, type: number): boolean =>
  proto === ICMPV6 && ((type >= 130 && type <= 137) || type === 143);

const UDP_TIMEOUT = 30;
const UDP_STREAM_TIMEOUT = 120;
const OTHER_TIMEOUT = 600;

/**
 * Gives the packet its entry and state. A packet that carries one already (over lo) or is untracked keeps it.
 *
 * Kernel: nf_conntrack_in. Rules C1 to C5, Z1 to Z5, L4, N5, N21.
 */
export function conntrackIn(run: Run): void {
  const { frame } = run;
  if (run.entry !== null || frame.ctstate === CT_UNTRACKED) {
    run.observer?.({ kind: "conntrack", what: "kept", frame });
    return;
  }
  dropTemplate(run);
  if (isNeighbourMessage(frame.proto, frame.icmpType)) {
    frame.ctstate = CT_UNTRACKED;
    run.observer?.({ kind: "conntrack", what: "untracked", frame });
    return;
  }
  const zones = zonesOf(run);
  const what = isIcmpError(frame.proto, frame.icmpType) ? related(run, zones) : lookUp(run, zones);
  run.observer?.({ kind: "conntrack", what, frame });
}

interface Zones {
  readonly original: number;
  readonly reply: number;
}

function zonesOf({ zone, frame }: Run): Zones {
  const number = (one: number | "mark") => (one === "mark" ? frame.mark & 0xffff : one);
  return zone === null ? { original: 0, reply: 0 } : { original: number(zone.original), reply: number(zone.reply) };
}

function lookUp(run: Run, zones: Zones): "found" | "new" | "none" {
  const { frame } = run;
  const tuple = frameTuple(frame);
  const found = run.conntrack.find(tuple, zones.original, zones.reply);
  if (found === undefined) return openEntry(run, tuple, zones);
  if (found.entry.expires <= run.now) {
    run.ownConntrack().remove(found.entry);
    return openEntry(run, tuple, zones);
  }
  const entry: Entry = { ...found.entry };
  if (frame.proto === TCP && entry.tcp !== null) {
    if (!tcpFlagsValid(frame.tcpFlags)) return invalid(frame);
    const status = { seenReply: (entry.status & SEEN_REPLY) !== 0, assured: (entry.status & ASSURED) !== 0 };
    const { verdict, tracking, expiring } = trackTcp(entry.tcp, frame.tcpFlags, segmentOfRun(run), found.reply, status);
    if (verdict === "reopen") {
      run.ownConntrack().remove(found.entry);
      return openEntry(run, tuple, zones);
    }
    if (verdict === "invalid") {
      const expires = expiring ? Math.min(entry.expires, run.now + STALLED_TIMEOUT) : entry.expires;
      if (tracking !== entry.tcp) run.ownConntrack().put({ ...entry, tcp: tracking, expires });
      return invalid(frame);
    }
    if (verdict === "fits") {
      if (tcpAssures(entry.tcp, tracking, status)) entry.status |= ASSURED;
      if (tcpProlongs(entry.tcp, frame.tcpFlags, status))
        entry.expires = run.now + tcpTimeout(tracking, status.seenReply);
      if (frame.tcpFlags & RST && !status.seenReply) forget(run, found.entry);
    }
    entry.tcp = tracking;
  } else touch(run, entry);
  attach(run, entry, found.reply);
  if (found.reply) entry.status |= SEEN_REPLY;
  frame.ctstate = found.reply || entry.status & SEEN_REPLY ? CT_ESTABLISHED : CT_NEW;
  return "found";
}

/** The segment that the packet carries, if its sequence number was said. */
function segmentOfRun({ packet }: Run): Segment | null {
  const { flags, seq, ack, window, windowScale } = packet;
  if (seq === null) return null;
  return segmentOf(flags, seq, ack, window, tcpPayload(packet), windowScale);
}

/** A RST before any other reply ends the entry; the packet goes on with it (E1). Kernel: nf_conntrack_tcp_packet. */
function forget(run: Run, entry: Entry): void {
  run.ownConntrack().remove(entry);
  run.forgotten = true;
}

/** Extends the life of an entry without a state machine; UDP is assured two seconds after its first packet (D7). */
function touch(run: Run, entry: Entry): void {
  const udp = entry.original.proto === UDP;
  const stream = udp && (entry.status & SEEN_REPLY) !== 0 && run.now - entry.born >= 2;
  if (stream) entry.status |= ASSURED;
  entry.expires =
    run.now + (stream ? UDP_STREAM_TIMEOUT : udp || isIcmp(entry.original.proto) ? UDP_TIMEOUT : OTHER_TIMEOUT);
}

function attach(run: Run, entry: Entry, reply: boolean): void {
  run.entry = entry;
  run.frame.entry = entry;
  run.frame.isReply = reply;
}

function invalid(frame: Frame): "none" {
  frame.ctstate = CT_INVALID;
  return "none";
}

function openEntry(run: Run, tuple: Tuple, zones: Zones): "new" | "none" {
  const { frame, host } = run;
  // A message without an opposite is INVALID at once; all others take a place before their flags are looked at (U6).
  if (isIcmp(frame.proto) && !icmpHasInverse(frame.proto, frame.icmpType)) return invalid(frame);
  if (!hasRoom(run)) {
    run.fate = { kind: "unroutable", reason: "the conntrack table is full", hook: hookOf(run) };
    return "none";
  }
  let tcp: Entry["tcp"] = null;
  if (frame.proto === TCP) {
    tcp = tcpFlagsValid(frame.tcpFlags) ? openTcp(frame.tcpFlags, segmentOfRun(run), host.sysctl.tcpLoose) : null;
    if (tcp === null) return invalid(frame);
  } else if (isIcmp(frame.proto)) {
    // An answer without a question, or a type that opens nothing (C4).
    if (!icmpOpens(frame.proto, frame.icmpType)) return invalid(frame);
  }
  const life = tcp
    ? tcpTimeout(tcp, false)
    : hasPorts(frame.proto) || isIcmp(frame.proto)
      ? UDP_TIMEOUT
      : OTHER_TIMEOUT;
  attach(
    run,
    {
      original: tuple,
      reply: invert(tuple),
      mark: 0,
      status: 0,
      zoneOriginal: zones.original,
      zoneReply: zones.reply,
      masqueradeDevice: null,
      tcp,
      expires: run.now + life,
      born: run.now,
    },
    false,
  );
  frame.ctstate = CT_NEW;
  return "new";
}

/** An ICMP error belongs to the entry of the packet that it quotes, in the other direction. Kernel: nf_conntrack_inet_error. */
function related(run: Run, zones: Zones): "found" | "none" {
  if (run.quoted === null) return invalid(run.frame);
  const found = run.conntrack.find(invert(run.quoted), zones.original, zones.reply);
  if (found === undefined || found.entry.expires <= run.now) return invalid(run.frame);
  attach(run, { ...found.entry }, found.reply);
  run.frame.ctstate = CT_RELATED;
  run.related = true;
  return "found";
}

/**
 * Enters a new entry into the table, at the very end of INPUT or POSTROUTING (H4). False: another one has a tuple of it,
 * because NAT found no free port or zones hid it; the packet is dropped (E5).
 *
 * Kernel: __nf_conntrack_confirm.
 */
export function confirm(run: Run): boolean {
  const { entry, frame } = run;
  if (entry === null || entry.status & CONFIRMED || frame.isReply) return true;
  if (run.conntrack.clashes(entry)) {
    run.fate = { kind: "unroutable", reason: "its connection clashes with another one", hook: hookOf(run) };
    return false;
  }
  entry.status |= CONFIRMED;
  run.ownConntrack().put(entry);
  return true;
}

/** Puts the changes of an entry that was confirmed already back into the table. */
export function keepEntry(run: Run): void {
  if (run.entry !== null && run.entry.status & CONFIRMED && !run.forgotten) run.ownConntrack().put(run.entry);
}

/** Forgets an entry at once (D6). */
export function killEntry(run: Run): void {
  if (run.entry === null) return;
  run.ownConntrack().remove(run.entry);
  run.entry = null;
  run.frame.entry = null;
}
