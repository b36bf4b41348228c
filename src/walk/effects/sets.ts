import { addPacket, type Changed, deletePacket } from "../../host/sets/change.ts";
import { type Asking, testSet } from "../../host/sets/test.ts";
import type { ChangeSets, SetSide } from "../../predicate/effect.ts";
import { askingOf, HARDWARE, missingSet } from "../leaves/sets.ts";
import { changed, openTarget } from "../run/fates.ts";
import type { PreparedRule } from "../run/prepared.ts";
import type { Run } from "../run/run.ts";

/**
 * Adds the packet to a set, takes it out of one, and takes a mark from one, in this order.
 *
 * What is added to a set that is not described is of no consequence: whoever asks that set is told that it is unknown.
 *
 * Kernel: net/netfilter/xt_set.c, set_target_v3.
 */
export function changeSets(run: Run, { add, del, map }: ChangeSets, rule: PreparedRule): void {
  if (add && change(run, add, (asking) => addPacket(asking, add.name, add.directions, add)) === "open")
    return openTarget(run, rule, "SET", `what becomes of set ${add.name}: ${openReason(run, add)}`);
  if (del && change(run, del, (asking) => deletePacket(asking, del.name, del.directions)) === "open")
    return openTarget(run, rule, "SET", `what becomes of set ${del.name}: ${HARDWARE}`);
  if (map !== undefined) mapFrom(run, map, rule);
}

function change(run: Run, { name }: SetSide, work: (asking: Asking) => Changed): Changed {
  const asking = askingOf(run, name);
  if (asking === undefined) return "refused";
  const result = work(asking);
  run.sets = asking.sets;
  const what = result === "done" ? "changes" : "leaves";
  run.observer?.({ kind: "note", text: `SET ${what} set ${name}${result === "done" ? "" : " as it is"}` });
  return result;
}

/** A full set with `forceadd` lets any of its elements go. */
const openReason = (run: Run, { name }: SetSide): string =>
  run.sets?.get(name)?.settings.forceadd === true ? "it is full, and chance decides which element goes" : HARDWARE;

/** Priority and queue of the packet are of no further consequence here. */
function mapFrom(run: Run, map: NonNullable<ChangeSets["map"]>, rule: PreparedRule): void {
  const asking = askingOf(run, map.name);
  if (asking === undefined) {
    if (map.mark) openTarget(run, rule, "SET", missingSet(run.sets, map.name));
    return;
  }
  const conditions = { returnNomatch: false, keepCounters: false, keepSubcounters: false };
  const found = testSet(asking, map.name, map.directions, conditions);
  if (found === "open") return openTarget(run, rule, "SET", `whether set ${map.name} has the packet: ${HARDWARE}`);
  run.sets = asking.sets;
  const { info } = asking;
  if (found !== "in" || !map.mark || info === null) return;
  const { frame } = run;
  const before = frame.mark;
  frame.mark = (before & ~info.markMask) ^ info.mark;
  changed(run, "mark", before, frame.mark, rule);
}
