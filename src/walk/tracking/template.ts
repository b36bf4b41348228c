import type { Entry } from "../../conntrack/entry.ts";
import type { Tuple } from "../../conntrack/tuple.ts";
import type { TrackEffect } from "../../predicate/effect.ts";
import { CONFIRMED, CT_NEW, CT_RELATED, CT_UNTRACKED } from "../../predicate/frame.ts";
import type { Run } from "../run/run.ts";

/** Tuples of a template are zeros: it stands for no connection. */
const nothing = (v6: boolean): Tuple => ({
  v6,
  proto: 0,
  s0: 0,
  s1: 0,
  s2: 0,
  s3: 0,
  d0: 0,
  d1: 0,
  d2: 0,
  d3: 0,
  sport: 0,
  dport: 0,
});

/**
 * `-j CT`: the first one that a packet without entry meets decides how conntrack will treat it; one that came over lo with
 * its entry keeps it (Z1, L4).
 *
 * Until conntrack has looked, the packet carries the rule's template: rules see an entry in state NEW, all zeros, and
 * CONNMARK writes to it, where the mark stays for the rule's next packets (E9).
 *
 * @param slot where the rule keeps the mark of its template
 *
 * Kernel: net/netfilter/xt_CT.c, xt_ct_target.
 */
export function track(run: Run, { notrack, zone }: TrackEffect, slot: string): void {
  const { frame } = run;
  const carries = run.entry !== null || frame.ctstate === CT_UNTRACKED || frame.ctstate === CT_RELATED;
  if (run.zone !== null || carries) return;
  if (notrack) {
    frame.ctstate = CT_UNTRACKED;
    return;
  }
  const number = zone?.zone ?? 0;
  const direction = zone?.direction ?? "both";
  run.zone = {
    original: direction === "reply" ? 0 : number,
    reply: direction === "original" ? 0 : number,
  };
  const zeros = nothing(frame.v6);
  const entry: Entry = {
    original: zeros,
    reply: zeros,
    mark: (run.read(slot) as number | undefined) ?? 0,
    status: CONFIRMED,
    zoneOriginal: 0,
    zoneReply: 0,
    masqueradeDevice: null,
    tcp: null,
    expires: run.now,
    born: run.now,
  };
  run.template = { entry, slot };
  frame.entry = entry;
  frame.ctstate = CT_NEW;
}

/** Takes the template away again, before conntrack looks at the packet, and keeps its mark with the rule. */
export function dropTemplate(run: Run): void {
  if (run.template === null) return;
  run.frame.entry = null;
  run.frame.ctstate = 0;
  run.template = null;
}

/** The entry that CONNMARK reads and writes: the packet's own, or the template that it carries. */
export const markedEntry = ({ entry, template }: Run): Entry | null => entry ?? template?.entry ?? null;

/** Keeps what was written to a template for the next packet that its rule hands it to. */
export function keepTemplateMark(run: Run): void {
  if (run.template !== null) run.write(run.template.slot, run.template.entry.mark);
}
