import { findConnected, findListener } from "../host/sockets.ts";
import { addressText, sameWords, type Words } from "../net/address.ts";
import { TCP, UDP } from "../net/protocol.ts";
import type { PreparedRule } from "../netns/prepare.ts";
import type { CopyMark, SetBits, SetNumber, TproxyAction } from "../predicate/action.ts";
import { addressOf } from "../predicate/compile.ts";
import { keepTemplateMark, markedEntry, track } from "./ct-target.ts";
import { manipOf } from "./manip.ts";
import { isDecided, mapByTarget } from "./nat.ts";
import type { Run } from "./run.ts";
import { changeSets } from "./set-target.ts";
import { socketKey } from "./socket-match.ts";
import { synproxy } from "./synproxy.ts";
import { changed, openTarget, placeOf } from "./target-result.ts";

/** Does what a target does, but for jumps and plain verdicts: those are the chain walker's. */
export function applyTarget(run: Run, rule: PreparedRule): "continue" | "accept" | "end" {
  const { action } = rule;
  switch (action.kind) {
    case "drop":
      run.fate = { kind: "dropped", ...placeOf(run, rule) };
      return "end";
    case "reject":
      run.fate = { kind: "rejected", with: action.with, ...placeOf(run, rule) };
      return "end";
    case "queue":
      if (action.bypass) return "accept";
      run.fate = { kind: "queued", ...placeOf(run, rule) };
      return "end";
    case "setBits":
      setBits(run, action);
      return "continue";
    case "setNumber":
      setNumber(run, action);
      return "continue";
    case "copyMark":
      copyMark(run, action);
      return "continue";
    case "track":
      track(run, action, rule);
      return "continue";
    case "tproxy":
      return tproxy(run, action, rule);
    case "nat": {
      const { entry } = run;
      // Only reached through the nat stage, which has an undecided entry in hand.
      if (entry === null || isDecided(entry, manipOf(run.hook))) return "accept";
      if (mapByTarget(run, entry, action)) return "accept";
      run.observer?.({ kind: "note", text: `${run.frame.inDevice} has no address to redirect to` });
      run.fate = { kind: "dropped", ...placeOf(run, rule) };
      return "end";
    }
    case "changeSets":
      return changeSets(run, action, rule);
    case "synproxy":
      return synproxy(run, rule);
    case "unknown":
      return unknown(run, rule, action.extension);
    default:
      return "continue";
  }
}

const unknown = (run: Run, rule: PreparedRule, extension: string): "end" =>
  openTarget(run, rule, extension, `what -j ${extension} does is not modelled`);

const moved = (value: number, shift: number | undefined): number =>
  shift === undefined ? value : shift >= 0 ? value << shift : value >>> -shift;

/** Kernel: mark_tg, connmark_tg, tos_tg. M1, M2, D11. */
function setBits(run: Run, { field, value, mask, shift }: SetBits): void {
  const { frame } = run;
  if (field === "connmark") {
    const entry = markedEntry(run);
    // Before conntrack, or untracked: nothing to write to (C9).
    if (entry === null) return;
    const before = entry.mark;
    entry.mark = moved((before & ~mask) ^ value, shift);
    keepTemplateMark(run);
    changed(run, "connmark", before, entry.mark, "CONNMARK");
    return;
  }
  const before = frame[field];
  frame[field] = moved((before & ~mask) ^ value, shift);
  changed(run, field, before, frame[field], field === "mark" ? "MARK" : "TOS");
}

/** Kernel: xt_HL.c. The class of CLASSIFY is of no further consequence here. */
function setNumber(run: Run, { field, operation, value }: SetNumber): void {
  if (field !== "ttl") return;
  const { frame } = run;
  const before = frame.ttl;
  const wanted = operation === "set" ? value : operation === "increase" ? before + value : before - value;
  frame.ttl = Math.max(0, Math.min(255, wanted));
  if (run.observer !== null && frame.ttl !== before)
    run.observer({ kind: "change", field: "ttl", before: `${before}`, after: `${frame.ttl}`, by: "TTL" });
}

/** Kernel: connmark_tg, save and restore. M2. */
function copyMark(run: Run, { direction, nfmask, ctmask, shift }: CopyMark): void {
  const { frame } = run;
  const entry = markedEntry(run);
  if (entry === null) return;
  if (direction === "save") {
    const before = entry.mark;
    entry.mark = (before & ~ctmask) ^ moved(frame.mark & nfmask, shift);
    keepTemplateMark(run);
    changed(run, "connmark", before, entry.mark, "CONNMARK");
  } else {
    const before = frame.mark;
    frame.mark = (before & ~nfmask) ^ moved(entry.mark & ctmask, shift);
    changed(run, "mark", before, frame.mark, "CONNMARK");
  }
}

/**
 * Assigns a transparent socket: the established one of the packet, else a listener on the port. None: the packet drops.
 *
 * Kernel: net/netfilter/xt_TPROXY.c, tproxy_tg4, tproxy_tg6_v1. P1 to P4.
 */
function tproxy(run: Run, action: TproxyAction, rule: PreparedRule): "accept" | "end" {
  const { frame, host, family } = run;
  const address = action.address ?? firstAddress(run);
  const found = host.sockets === null ? "assumed" : address && transparentSocket(run, action, address);
  const port = action.port === 0 ? frame.dport : action.port;
  if (found === undefined || found === null || address === undefined) {
    run.observer?.({ kind: "note", text: `no transparent socket listens at port ${port}` });
    run.fate = { kind: "dropped", ...placeOf(run, rule) };
    return "end";
  }
  const bound = found === "assumed" || found.wildcard ? addressOf(frame, "dst") : found.address;
  run.assigned = { address: addressText(family, bound), port: found === "assumed" ? port : found.port };
  run.assignedSocket = found === "assumed" ? null : found;
  const before = frame.mark;
  frame.mark = (before & ~action.mask) ^ action.value;
  changed(run, "mark", before, frame.mark, "TPROXY");
  run.observer?.({ kind: "note", text: `TPROXY assigns the socket at port ${run.assigned.port}` });
  return "accept";
}

const firstAddress = ({ host, frame, family }: Run): Words | undefined =>
  host.devices.get(frame.inDevice)?.[family].find((one) => family === "ipv6" || one.primary)?.words ??
  (host.anonymous ? addressOf(frame, "dst") : undefined);

function transparentSocket({ host, frame }: Run, action: TproxyAction, address: Words) {
  if (frame.proto !== TCP && frame.proto !== UDP) return undefined;
  const sockets = host.sockets!;
  const key = socketKey(frame);
  const connected = findConnected(sockets, key);
  const port = action.port === 0 ? frame.dport : action.port;
  const found = connected ?? findListener(sockets, key, { address, port });
  if (found === undefined || !found.transparent) return undefined;
  return found.wildcard || found.remote !== null || sameWords(found.address, address) ? found : undefined;
}
