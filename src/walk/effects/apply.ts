import type { AddTo, CopyMark, Effect, SetBits } from "../../predicate/effect.ts";
import { manipOf } from "../nat/manip.ts";
import { isDecided, mapByTarget } from "../nat/nat.ts";
import { changed, drop, openTarget, placeOf } from "../run/fates.ts";
import type { PreparedRule } from "../run/prepared.ts";
import type { Run } from "../run/run.ts";
import { keepTemplateMark, markedEntry, track } from "../tracking/template.ts";
import { changeSets } from "./sets.ts";
import { synproxy } from "./synproxy.ts";
import { tproxy } from "./tproxy.ts";

/** Does to the packet what an effect of a rule says. Where that ends its way, the fate of the run is set. */
export function apply(run: Run, effect: Effect, rule: PreparedRule): void {
  switch (effect.kind) {
    case "set":
      return setBits(run, effect, rule);
    case "add":
      return addTo(run, effect, rule);
    case "copy":
      return copyMark(run, effect, rule);
    case "nat": {
      const { entry } = run;
      // Only reached through the nat step, which has an undecided entry in hand.
      if (entry === null || isDecided(entry, manipOf(run.hook)) || mapByTarget(run, entry, effect)) return;
      return drop(run, rule, `${run.frame.inDevice} has no address to redirect to`);
    }
    case "track":
      return track(run, effect, rule.slot);
    case "tproxy":
      return tproxy(run, effect, rule);
    case "reject":
      run.reply = effect.answer;
      run.fate = { kind: "rejected", with: effect.with, ...placeOf(run, rule) };
      return;
    case "queue":
      if (!effect.bypass) run.fate = { kind: "queued", ...placeOf(run, rule) };
      return;
    case "synproxy":
      return synproxy(run, rule);
    case "sets":
      return changeSets(run, effect, rule);
    case "log":
    case "copyPacket":
    case "rewrite":
    case "count":
      return;
    case "unknown":
      return openTarget(run, rule, effect.extension, `what -j ${effect.extension} does is not modelled`);
  }
}

const moved = (value: number, shift: number | undefined): number =>
  shift === undefined ? value : shift >= 0 ? value << shift : value >>> -shift;

/** Kernel: mark_tg, connmark_tg, tos_tg, ttl_tg. M1, M2, D11. */
function setBits(run: Run, { field, value, mask, shift }: SetBits, rule: PreparedRule): void {
  const { frame } = run;
  if (field === "connmark") {
    const entry = markedEntry(run);
    // Before conntrack, or untracked: nothing to write to (C9).
    if (entry === null) return;
    const before = entry.mark;
    entry.mark = moved((before & ~mask) ^ value, shift);
    keepTemplateMark(run);
    changed(run, field, before, entry.mark, rule);
    return;
  }
  const before = frame[field];
  frame[field] = moved((before & ~mask) ^ value, shift);
  changed(run, field, before, frame[field], rule);
}

/** Kernel: xt_HL.c. */
function addTo(run: Run, { field, value }: AddTo, rule: PreparedRule): void {
  const before = run.frame[field];
  run.frame[field] = Math.max(0, Math.min(255, before + value));
  changed(run, field, before, run.frame[field], rule);
}

/** Kernel: connmark_tg, save and restore. M2. */
function copyMark(run: Run, { to, nfmask, ctmask, shift }: CopyMark, rule: PreparedRule): void {
  const { frame } = run;
  const entry = markedEntry(run);
  if (entry === null) return;
  if (to === "connmark") {
    const before = entry.mark;
    entry.mark = (before & ~ctmask) ^ moved(frame.mark & nfmask, shift);
    keepTemplateMark(run);
    changed(run, to, before, entry.mark, rule);
  } else {
    const before = frame.mark;
    frame.mark = (before & ~nfmask) ^ moved(entry.mark & ctmask, shift);
    changed(run, to, before, frame.mark, rule);
  }
}
