import type { Frame } from "../../predicate/frame.ts";
import type { SetLookup } from "../../predicate/memory.ts";
import type { SetTable } from "./ip-set.ts";
import { packetParts } from "./packet-parts.ts";
import { type Asking, fits, testSet } from "./test.ts";
import { partText } from "./write.ts";

/** Whether a packet is in a set as a rule asks it, and what the set has of it in words; nothing is counted. */
export function describeSet(
  sets: SetTable,
  frame: Frame,
  now: number,
  lookup: SetLookup,
): { readonly holds: boolean; readonly words: string } | undefined {
  const asking: Asking = { sets, frame, now, info: null };
  const found = testSet(asking, lookup.name, lookup.directions, {
    ...lookup,
    keepCounters: true,
    keepSubcounters: true,
  });
  const words = wordsOf(sets, frame, now, lookup);
  return found === "open" || words === undefined ? undefined : { holds: found === "in", words };
}

function wordsOf(sets: SetTable, frame: Frame, now: number, lookup: SetLookup): string | undefined {
  const { name, directions } = lookup;
  const set = sets.get(name);
  if (set === undefined) return undefined;
  const asking: Asking = { sets, frame, now, info: null };
  const silent = { keepCounters: true, keepSubcounters: true, returnNomatch: false };
  const found = testSet(asking, name, directions, silent);
  if (found === "open") return undefined;
  if (!fits(set, frame, directions)) {
    if (directions.length < set.type.dimension)
      return `set ${name} is of ${set.type.name}, for which ${directions.join(",")} is too few`;
    return `set ${name} is of ${set.family}`;
  }
  if (set.type.method === "list") return `the packet is ${found === "in" ? "" : "not "}in a set of list ${name}`;
  const parts = packetParts(set, frame, directions);
  if (parts === undefined) return `the packet has nothing that set ${name} (${set.type.name}) holds`;
  const text = parts.map((part) => partText(part, frame.v6 ? "ipv6" : "ipv4")).join(",");
  if (found === "nomatch") return `${text} is excepted from set ${name} (nomatch)`;
  return `${text} is ${found === "in" ? "" : "not "}in set ${name}`;
}
