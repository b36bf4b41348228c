import { lanesOf, laneText } from "./journey-lanes.ts";
import type { Journey, JourneyCost } from "./journey-types.ts";

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
  const { arrows } = lanesOf(journey);
  const from = journey.loop === null ? Number.POSITIVE_INFINITY : arrows.length - journey.loop.hops.length;
  const lines = arrows.flatMap(({ from: sender, hop, dialled, became }, at) => {
    const round = at >= from ? " ↻" : "";
    const who = hop.how === "open" ? `${laneText(sender)} opens` : `${hop.place} gets`;
    const note = hop.note === null ? "" : ` (${hop.note})`;
    const by = hop.acceptedBy === null ? "" : ` by ${hop.acceptedBy}`;
    return [`${at + 1}.${round} ${who} ${dialled}${note}`, `   ${became}${by}`];
  });
  return [...lines, "", `${journey.end}: ${journey.reason}`, `cost: ${costText(journey.cost)}`, ""].join("\n");
}
