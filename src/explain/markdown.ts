import type { Explanation } from "./explain.ts";
import { type Line, linesOf } from "./lines.ts";
import { answerText, goalText, inTheWayText, type RenderOptions } from "./text.ts";

/** The explanation as Markdown: hooks as headings, rules as nested lists. */
export function explanationMarkdown(
  explanation: Explanation,
  { all = false }: Omit<RenderOptions, "color"> = {},
): string {
  const out = [`## ${code(explanation.packet)}`, ""];
  let list = false;
  for (const line of linesOf(explanation, all)) {
    const heading = line.kind === "pass" || line.kind === "hook";
    if (heading !== !list && out.at(-1) !== "") out.push("");
    if (heading && out.at(-1) !== "") out.push("");
    out.push(markdownLine(line));
    list = !heading;
  }
  out.push("", "### Summary", "", explanation.summary);
  if (explanation.whyNot) {
    const { goal, answer } = explanation.whyNot;
    out.push("", `### ${goalText(goal)}`, "");
    for (const rule of answer?.rules ?? []) out.push(`- ${inTheWayText(rule)}`);
    if (answer && answer.rules.length > 0) out.push("");
    out.push(answerText(explanation));
  }
  return `${out.join("\n")}\n`;
}

/** A code span, with a fence that the text does not hold. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map((one) => one[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text}${pad}${fence}`;
}

function markdownLine({ kind, depth, text, detail }: Line): string {
  const indent = "  ".repeat(Math.max(0, depth - 1));
  switch (kind) {
    case "pass":
      return `*${text}*`;
    case "hook":
      return `### ${text}: ${code(detail ?? "")}`;
    case "table":
      return `${indent}- **${text}**${detail ? `: ${detail}` : ""}`;
    case "matched":
    case "missed": {
      const [number, ...rule] = text.split("  ");
      const shown = `${number}: ${code(rule.join("  "))}${detail ? `: ${detail}` : ""}`;
      return `${indent}- ${kind === "matched" ? `**${number}**${shown.slice(number!.length)}` : shown}`;
    }
    default:
      return `${indent}- ${text}`;
  }
}
