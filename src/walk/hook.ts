import { type OutputRoute, type RouteKey, routeOutput } from "../host/routing.ts";
import { sameWords, type Words } from "../net/address.ts";
import { TCP } from "../net/protocol.ts";
import { addressOf, CT_NEW, CT_RELATED, CT_UNTRACKED } from "../predicate/frame.ts";
import { walkChain } from "./chain.ts";
import { manipOf } from "./nat/manip.ts";
import { isDecided, mapNothing } from "./nat/nat.ts";
import { destinationMoves, translate } from "./nat/translate.ts";
import { hookOf } from "./run/fates.ts";
import type { PreparedBase, PreparedStage } from "./run/prepared.ts";
import { OUTPUT, POSTROUTING, type Run } from "./run/run.ts";
import { conntrackIn, killEntry } from "./tracking/track.ts";

/** Runs everything that stands at one hook. False when the packet's fate is set. */
export function runHook(run: Run, hook: number): boolean {
  run.hook = hook;
  run.observer?.({ kind: "hook", hook: hookOf(run), frame: run.frame });
  for (const stage of run.plan[hook] ?? []) if (!runStage(run, stage)) return false;
  return true;
}

function runStage(run: Run, stage: PreparedStage): boolean {
  switch (stage.kind) {
    case "conntrack":
      conntrackIn(run);
      return run.fate === null;
    case "nat":
      return natStage(run, stage.bases);
    case "chain":
      return stage.base.base.type === "route" && run.hook === OUTPUT
        ? routeChain(run, stage.base)
        : enterChain(run, stage.base);
  }
}

function enterChain(run: Run, base: PreparedBase): boolean {
  run.observer?.({ kind: "table", chain: base.chain.ref, frame: run.frame });
  return walkChain(run, base);
}

/** A chain of type route in OUTPUT routes again when it changed what routing goes by (R3, A5). Kernel: ipt_mangle_out. */
function routeChain(run: Run, base: PreparedBase): boolean {
  const { frame } = run;
  const { mark, tos, ttl } = frame;
  if (!enterChain(run, base)) return false;
  const moved = frame.mark !== mark || frame.tos !== tos || (frame.v6 && frame.ttl !== ttl);
  if (!moved) return true;
  return reroute(run, `${base.chain.ref.table} ${base.chain.ref.chain} changed the mark or TOS`);
}

/** Kernel: nf_nat_inet_fn and the wrappers of each hook. Rules N1 to N4, N8, D6, R4. */
function natStage(run: Run, bases: readonly PreparedBase[]): boolean {
  const { entry, frame } = run;
  if (entry === null) {
    skipNat(
      run,
      frame.ctstate === CT_UNTRACKED ? "the packet is untracked" : "the packet has no conntrack entry (INVALID)",
    );
    return true;
  }
  const manip = manipOf(run.hook);
  if (run.hook === POSTROUTING && !frame.isReply && leavesElsewhere(run)) {
    killEntry(run);
    run.fate = { kind: "unroutable", reason: "MASQUERADE chose an address of another device", hook: "POSTROUTING" };
    return false;
  }
  // A reset that REJECT sends is RELATED and no ICMP error: for nat it is as good as NEW (J3).
  const consults = frame.ctstate === CT_NEW || (frame.ctstate === CT_RELATED && !run.related);
  if (consults && !isDecided(entry, manip)) {
    if (!decide(run, bases)) return false;
    if (!isDecided(entry, manip)) mapNothing(run, entry, manip);
  } else skipNat(run, skipReason(run));
  const destination = run.hook === OUTPUT ? addressOf(frame, "dst") : null;
  translate(run, entry);
  if (destination === null) return true;
  const moves = destinationMoves(entry, frame.isReply) && !sameWords(destination, addressOf(frame, "dst"));
  return moves ? reroute(run, "nat OUTPUT changed the destination") : true;
}

/** Consults the nat chains one after another until one has mapped the connection (H6). */
function decide(run: Run, bases: readonly PreparedBase[]): boolean {
  for (const base of bases) {
    if (!enterChain(run, base)) return false;
    if (run.entry !== null && isDecided(run.entry, manipOf(run.hook))) return true;
  }
  return true;
}

/** A masqueraded connection that now leaves by another device (D6). Kernel: nf_nat_oif_changed. */
const leavesElsewhere = ({ entry, frame }: Run): boolean =>
  entry?.masqueradeDevice != null && entry.masqueradeDevice !== frame.outDevice;

function skipReason({ frame, related }: Run): string {
  if (related || frame.ctstate === CT_RELATED) return "an ICMP error is translated, never evaluated";
  return frame.ctstate === CT_NEW
    ? "this connection's translation is decided already"
    : `the connection is ESTABLISHED: its translation was decided with its first packet`;
}

function skipNat(run: Run, reason: string): void {
  run.observer?.({ kind: "nat-skipped", hook: hookOf(run), reason });
}

/**
 * Routes a local packet again, with its source as it is; impossible means dropped, inside OUTPUT (R6, R7).
 *
 * Kernel: ip_route_me_harder.
 */
function reroute(run: Run, why: string): boolean {
  const found = routeLocal(run, addressOf(run.frame, "src"));
  if (found.kind === "none") {
    run.observer?.({ kind: "route", text: `${why}: routed again, ${found.reason}` });
    run.fate = { kind: "unroutable", reason: found.reason, hook: "OUTPUT" };
    return false;
  }
  run.observer?.({ kind: "route", text: `${why}: routed again, out ${found.device} (was ${run.outRoute})` });
  run.outRoute = found.device;
  run.nextHop = found.nextHop;
  return true;
}

/** The output route of the packet as it is now. */
export function routeLocal(run: Run, source: Words | null): OutputRoute {
  const { frame, host, family } = run;
  const key: RouteKey = {
    destination: addressOf(frame, "dst"),
    source,
    mark: frame.mark,
    inDevice: "",
    outDevice: "",
  };
  return routeOutput(host, family, key, frame.proto !== TCP);
}
