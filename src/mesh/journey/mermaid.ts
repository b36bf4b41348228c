import { endLine, lanesOf, laneText } from "./lanes.ts";
import type { Journey } from "./types.ts";

/** Characters that mean something to Mermaid are written as its entities. Source: mermaid.js.org, "Entity codes". */
const quoted = (text: string): string => text.replace(/[#;<>&"]/g, (one) => `#${one.charCodeAt(0)};`);

/**
 * A journey as a Mermaid sequence diagram, for Markdown. The rounds of a loop stand in a `loop` block.
 *
 * @example
 * `\`\`\`mermaid\n${journeyMermaid(journey(world, connection))}\`\`\``;
 */
export function journeyMermaid(journey: Journey): string {
  const { lanes, arrows, round } = lanesOf(journey);
  const lines = ["sequenceDiagram", "  autonumber"];
  for (const lane of lanes) lines.push(`  participant ${lane.id} as ${quoted(laneText(lane))}`);
  for (const [at, { from, to, dialled, became }] of arrows.entries()) {
    if (at === round) lines.push("  loop for ever");
    const indent = at >= round ? "    " : "  ";
    lines.push(`${indent}${from.id}->>${to.id}: ${quoted(dialled)}`);
    lines.push(
      `${indent}Note over ${from === to ? from.id : `${from.id},${to.id}`}: ${became.map(quoted).join("<br/>")}`,
    );
  }
  if (journey.loop !== null) lines.push("  end");
  const last = arrows.at(-1)!.to;
  lines.push(`  Note over ${last.id}: ${quoted(endLine(journey))}`, "");
  return lines.join("\n");
}
