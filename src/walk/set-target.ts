import { addPacket, type Changed, deletePacket } from "../host/sets/change.ts";
import { testSet } from "../host/sets/test.ts";
import type { PreparedRule } from "../netns/prepare.ts";
import type { ChangeSets, SetSide } from "../predicate/action.ts";
import type { Run } from "./run.ts";
import { askingOf, HARDWARE, missingSet } from "./sets.ts";
import { changed, openTarget } from "./target-result.ts";

/**
 * Adds the packet to a set, takes it out of one, and takes a mark from one, in this order.
 *
 * What is added to a set that nobody described is of no consequence: whoever asks that set is told that it is unknown.
 *
 * Kernel: net/netfilter/xt_set.c, set_target_v3.
 */
export function changeSets(run: Run, action: ChangeSets, rule: PreparedRule): "continue" | "end" {
  const { add, del, map } = action;
  if (add && change(run, add, (asking) => addPacket(asking, add.name, add.directions, add)) === "open")
    return openTarget(run, rule, "SET", `what becomes of set ${add.name}: ${openReason(run, add)}`);
  if (del && change(run, del, (asking) => deletePacket(asking, del.name, del.directions)) === "open")
    return openTarget(run, rule, "SET", `what becomes of set ${del.name}: ${HARDWARE}`);
  return map === undefined ? "continue" : mapFrom(run, map, rule);
}

function change(
  run: Run,
  { name }: SetSide,
  work: (asking: NonNullable<ReturnType<typeof askingOf>>) => Changed,
): Changed {
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
function mapFrom(run: Run, map: NonNullable<ChangeSets["map"]>, rule: PreparedRule): "continue" | "end" {
  const asking = askingOf(run, map.name);
  if (asking === undefined) return map.mark ? openTarget(run, rule, "SET", missingSet(run.sets, map.name)) : "continue";
  const conditions = { returnNomatch: false, keepCounters: false, keepSubcounters: false };
  const found = testSet(asking, map.name, map.directions, conditions);
  if (found === "open") return openTarget(run, rule, "SET", `whether set ${map.name} has the packet: ${HARDWARE}`);
  run.sets = asking.sets;
  const { info } = asking;
  if (found !== "in" || !map.mark || info === null) return "continue";
  const { frame } = run;
  const before = frame.mark;
  frame.mark = (before & ~info.markMask) ^ info.mark;
  changed(run, "mark", before, frame.mark, "SET");
  return "continue";
}
