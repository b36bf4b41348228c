import { becameText, dialledText } from "./lanes.ts";
import type { Journey, JourneyCost } from "./types.ts";

export const costText = ({ connections, traversals, translations, entries }: JourneyCost): string =>
  [
    [connections, "connection"],
    [traversals, "pass"],
    [translations, "translation"],
    [entries, "conntrack entr"],
  ]
    .map(([count, word]) => `${count} ${plural(word as string, count === 1)}`)
    .join(", ");

function plural(word: string, single: boolean): string {
  if (word === "pass") return single ? "pass through a stack" : "passes through a stack";
  if (word.endsWith("entr")) return `${word}${single ? "y" : "ies"}`;
  return single ? word : `${word}s`;
}

/** A journey for a terminal: one hop after another, how it ended, what it cost. */
export function journeyText(journey: Journey): string {
  const from = journey.hops.length - (journey.loop?.hops.length ?? 0);
  const lines = journey.hops.flatMap((hop, at) => {
    const round = at >= from ? " ↻" : "";
    const opener = at === 0 ? hop.place : `${hop.by} in ${hop.place}`;
    // What the caller lets arrive on a device begins outside of the world.
    const opens = hop.how === "open" && hop.packet.in === undefined;
    const who = opens ? `${opener} opens` : `${hop.place} gets`;
    const note = hop.note === null || hop.how === "arrive" ? "" : ` (${hop.note})`;
    const by = hop.acceptedBy === null ? "" : ` by ${hop.acceptedBy}`;
    return [`${at + 1}.${round} ${who} ${dialledText(hop)}${note}`, `   ${becameText(hop)}${by}`];
  });
  return [...lines, "", `${journey.end}: ${journey.reason}`, `cost: ${costText(journey.cost)}`, ""].join("\n");
}
