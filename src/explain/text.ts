import { whyNotText } from "../predicate/describe.ts";
import { refText } from "../predicate/rule-ref.ts";
import type { PacketChange } from "./candidates.ts";
import type { Explanation } from "./explain.ts";
import { portText } from "./istio-ports.ts";
import type { Goal } from "./leads-to.ts";
import { type Line, linesOf } from "./lines.ts";
import { fateText } from "./summary.ts";
import { type RuleInTheWay, reaches } from "./why-not.ts";

/** How an explanation is printed. */
export interface RenderOptions {
  /** Escape sequences of a terminal. */
  readonly color?: boolean;
  /** Every rule that was looked at, also in long runs of rules that do not match. */
  readonly all?: boolean;
}

type Paint = (text: string) => string;
const sequence =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;
const plain: Paint = (text) => text;

interface Palette {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly good: Paint;
  readonly change: Paint;
}

const PLAIN: Palette = { bold: plain, dim: plain, good: plain, change: plain };
const COLORS: Palette = { bold: sequence(1), dim: sequence(2), good: sequence(32), change: sequence(33) };

/** The explanation for a terminal or a text file: hooks as headings, rules below them, last one paragraph. */
export function explanationText(explanation: Explanation, { color = false, all = false }: RenderOptions = {}): string {
  const palette = color ? COLORS : PLAIN;
  const out = [palette.bold(explanation.packet)];
  for (const line of linesOf(explanation, all)) {
    if (line.kind === "pass" || line.kind === "hook") out.push("");
    out.push(textLine(line, palette));
  }
  out.push("", palette.bold(explanation.summary));
  if (explanation.whyNot) out.push("", ...whyNotLines(explanation, palette));
  return `${out.join("\n")}\n`;
}

function textLine({ kind, depth, text, detail }: Line, { bold, dim, good, change }: Palette): string {
  const indent = "  ".repeat(depth);
  switch (kind) {
    case "pass":
      return `── ${text} ──`;
    case "hook":
      return `${bold(text)}  ${detail}`;
    case "table":
      return `${indent}${text}${detail ? dim(`: ${detail}`) : ""}`;
    case "matched":
      return `${indent}${good(`✓ ${text}`)}${dim(`   ${detail}`)}`;
    case "missed":
      return `${indent}${dim(`· ${text}   ${detail ?? ""}`.trimEnd())}`;
    case "change":
      return `${indent}${change(text)}`;
    case "skipped":
    case "fact":
      return `${indent}${dim(text)}`;
  }
}

/** What was asked: `Why not 15006, Envoy's inbound listener (virtualInbound)?`, `Why not dropped?`. */
export function goalText(goal: Goal): string {
  if (typeof goal === "number") return `Why not ${portText(goal)}?`;
  const { kind, ...members } = goal;
  const rest = Object.keys(members).length === 0 ? "" : JSON.stringify(members);
  return `Why not ${[kind, rest].filter(Boolean).join(" ")}?`;
}

/** A change in words: `uid=1337 in place of 1000`, `in=eth0 (it arrives, and is not sent from here)`. */
function changeText({ field, from, to }: PacketChange): string {
  if (field === "in" && from === undefined) return `in=${to} (it arrives there and is not sent from here)`;
  if (field === "in" && to === undefined) return `no in=${from} (it is sent from here)`;
  return `${field}=${valueText(field, to)}${from === undefined ? "" : ` in place of ${valueText(field, from)}`}`;
}

const valueText = (field: string, value: unknown): string =>
  field === "mark" ? `0x${Number(value).toString(16)}` : `${value}`;

export const inTheWayText = (rule: RuleInTheWay): string =>
  rule.role === "took"
    ? `${refText(rule)} took it: \`${rule.text}\``
    : `${refText(rule)} would lead there: \`${rule.text}\`${rule.why ? `, but ${rule.why.map(whyNotText).join("; ")}` : ""}`;

/** The sentence that ends a why-not: the change and what then happens. */
export function answerText({ outcomes, whyNot }: Pick<Explanation, "outcomes" | "whyNot">): string {
  const { answer, goal } = whyNot!;
  if (answer === null && outcomes?.some(({ walk }) => reaches(walk, goal)))
    return "It may go there: that depends on what is open.";
  if (answer === null) return "No packet that differs in one or two of the values which the rules name goes there.";
  if (answer.changes.length === 0) return "It does go there.";
  const { decision, walk } = answer;
  const because = decision.kind === "rule" ? `, because of ${refText(decision.because)}` : "";
  return `With ${answer.changes.map(changeText).join(" and ")} it would be ${fateText(walk.fate)}${because}.`;
}

function whyNotLines(explanation: Explanation, { bold }: Palette): string[] {
  const { goal, answer } = explanation.whyNot!;
  return [
    bold(goalText(goal)),
    ...(answer?.rules ?? []).map((rule) => `  ${inTheWayText(rule)}`),
    `  ${answerText(explanation)}`,
  ];
}
