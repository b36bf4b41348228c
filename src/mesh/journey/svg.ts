import { type Arrow, endLine, type Lane, lanesOf, laneText } from "./lanes.ts";
import { costText } from "./text.ts";
import type { Journey } from "./types.ts";

const CHARACTER = 6.7;
const MARGIN = 20;
const HEAD = 56;
const ROW = 46;
const LINE = 15;
const LOOPBACK = 46;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[one]!);

const text = (x: number, y: number, kind: string, words: string): string =>
  `<text x="${x}" y="${y}" class="${kind}">${escaped(words)}</text>`;

const widthOf = (words: string): number => Math.ceil(words.length * CHARACTER);

/** Columns of the lanes: wide enough for every label, which stands to the right of its arrow's left end. */
function columnsOf(lanes: readonly Lane[], arrows: readonly Arrow[]): number[] {
  const columns: number[] = [];
  let x = MARGIN + 70;
  for (const [at, lane] of lanes.entries()) {
    columns.push(x);
    const here = Math.max(widthOf(lane.actor), widthOf(lane.place)) + 30;
    const next = lanes[at + 1];
    const there = next === undefined ? 0 : Math.max(widthOf(next.actor), widthOf(next.place)) + 30;
    const between = arrows
      .filter(({ from, to }) => (from === lane && to === next) || (from === next && to === lane))
      .map(({ dialled }) => widthOf(dialled) + 24);
    x += Math.max((here + there) / 2 + 12, 150, ...between);
  }
  return columns;
}

function arrowOf(
  { from, to, dialled, became, hops }: Arrow,
  number: number,
  y: number,
  x: (lane: Lane) => number,
): string[] {
  const [start, end] = [x(from), x(to)];
  const left = Math.min(start, end);
  const { kind: fate } = hops.at(-1)!.walk.fate;
  const kind = fate === "delivered" || fate === "sent" ? "way" : "dead";
  const path =
    start === end
      ? `M${start} ${y} h${LOOPBACK} v18 h-${LOOPBACK - 7}`
      : `M${start} ${y} H${end + (end > start ? -7 : 7)}`;
  const label = start === end ? start + LOOPBACK + 8 : left + 10;
  return [
    `<path d="${path}" class="${kind}" marker-end="url(#tip)"/>`,
    `<circle cx="${start}" cy="${y}" r="9" class="dot"/>`,
    `<text x="${start}" y="${y + 4}" class="number">${number}</text>`,
    text(start === end ? label : label + 4, y - 7, "dialled", dialled),
    ...became.map((line, at) => text(start === end ? label : label + 4, y + LINE * (at + 1), "became", line)),
  ];
}

const STYLE = `text{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2430}
.place{fill:#5b6472;text-anchor:middle}.actor{font-weight:bold;text-anchor:middle}.became{fill:#5b6472}
.number{fill:#fff;text-anchor:middle;font-size:10px}.dot{fill:#2b5fad}.line{stroke:#c4cad4;stroke-dasharray:3 4}
.box{fill:#eef2f8;stroke:#9aa5b5}.way{fill:none;stroke:#2b5fad;stroke-width:1.5}.dead{fill:none;stroke:#b3261e;stroke-width:1.5}
.round{fill:#b3261e;fill-opacity:.06;stroke:#b3261e;stroke-dasharray:5 4}.end{font-weight:bold}.bad{font-weight:bold;fill:#b3261e}`;

const GOOD: ReadonlySet<string> = new Set(["application", "outside"]);

/** A journey as a self-contained SVG sequence drawing; the rounds of a loop stand in a dashed frame. */
export function journeySvg(journey: Journey): string {
  const { lanes, arrows, round } = lanesOf(journey);
  const columns = columnsOf(lanes, arrows);
  const x = (lane: Lane): number => columns[lanes.indexOf(lane)]!;
  // Where each arrow stands, and where one more would.
  const rows = [HEAD + 44];
  for (const { became } of arrows) rows.push(rows.at(-1)! + ROW + (became.length - 1) * LINE);
  const bottom = rows.at(-1)! - 20;
  const labels = arrows.map(
    ({ from, to, dialled, became }) =>
      (from === to ? x(from) + LOOPBACK + 8 : Math.min(x(from), x(to)) + 14) +
      Math.max(widthOf(dialled), ...became.map(widthOf)),
  );
  const last = [endLine(journey), `cost: ${costText(journey.cost)}`];
  const width = Math.ceil(
    Math.max(columns.at(-1)! + 90, ...labels, ...last.map((line) => MARGIN + widthOf(line) * 1.05)) + MARGIN,
  );
  const height = bottom + 58;
  const heads = lanes.flatMap((lane) => {
    const w = Math.max(widthOf(lane.actor), widthOf(lane.place)) + 20;
    const at = x(lane);
    return [
      `<line x1="${at}" y1="${HEAD}" x2="${at}" y2="${bottom}" class="line"/>`,
      `<rect x="${at - w / 2}" y="14" width="${w}" height="${HEAD - 14}" rx="5" class="box"/>`,
      ...(lane.actor === ""
        ? [text(at, 39, "actor", lane.place)]
        : [text(at, 32, "actor", lane.actor), text(at, 48, "place", lane.place)]),
    ];
  });
  const top = rows[round]! - 26;
  const frame =
    journey.loop === null
      ? []
      : [`<rect x="8" y="${top}" width="${width - 16}" height="${bottom - top - 6}" rx="6" class="round"/>`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(`${laneText(arrows[0]!.from)} to ${journey.hops[0]!.packet.dst}: ${journey.end}`)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#2b5fad"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...frame,
    ...heads,
    ...arrows.flatMap((arrow, at) => arrowOf(arrow, at + 1, rows[at]!, x)),
    text(MARGIN, bottom + 24, GOOD.has(journey.end) ? "end" : "bad", last[0]!),
    text(MARGIN, bottom + 42, "became", last[1]!),
    "</svg>",
    "",
  ].join("\n");
}
