import { whyNotText } from "../predicate/describe.ts";
import type { Explanation } from "./explain.ts";
import type { ChainItem, ConntrackTrace, HookTrace, RuleTrace, TableTrace } from "./trace.ts";

/** One line of an explanation for people; how it looks is for the renderer to say. */
export interface Line {
  readonly kind: "pass" | "hook" | "table" | "matched" | "missed" | "skipped" | "change" | "fact";
  /** 0 for passes and hooks. */
  readonly depth: number;
  readonly text: string;
  /** Behind the text: where control went, why it did not match. */
  readonly detail?: string;
}

/** A longer run of rules that did not match shows its ends only, unless all is asked for. */
const LONG_RUN = 12;
const SHOWN_OF_RUN = 3;

/** The trace as lines: each pass with its hooks as headings, below them tables, rules and what they did. */
export function linesOf({ trace, walk }: Explanation, all: boolean): readonly Line[] {
  const lines: Line[] = [];
  if (walk.fate.kind === "undetermined")
    lines.push({ kind: "pass", depth: 0, text: "taking all that is open as not matching" });
  for (const pass of trace.passes) {
    lines.push({ kind: "pass", depth: 0, text: pass.title });
    for (const item of pass.items)
      if (item.kind === "hook") hookLines(item, all, lines);
      else lines.push({ kind: "fact", depth: 1, text: item.kind === "route" ? `route: ${item.text}` : item.text });
  }
  return lines;
}

function hookLines(hook: HookTrace, all: boolean, lines: Line[]): void {
  const mark = hook.mark === 0 ? "" : `mark 0x${hook.mark.toString(16)}`;
  const where = [hook.in && `in ${hook.in}`, hook.out && `out ${hook.out}`, mark].filter(Boolean).join(", ");
  lines.push({ kind: "hook", depth: 0, text: hook.hook, detail: `${hook.packet}${where ? `, ${where}` : ""}` });
  if (hook.items.length === 0) lines.push({ kind: "fact", depth: 1, text: "no table has rules here" });
  for (const item of hook.items)
    switch (item.kind) {
      case "conntrack":
        lines.push({ kind: "fact", depth: 1, text: `conntrack: ${conntrackText(item)}` });
        break;
      case "table":
        tableLines(item, all, lines);
        break;
      case "nat-skipped":
        lines.push({ kind: "fact", depth: 1, text: `nat: not asked, ${item.reason}` });
        break;
      case "change":
        lines.push({ kind: "change", depth: 1, text: `${item.field} ${item.before} ⇒ ${item.after}` });
        break;
      case "route":
        lines.push({ kind: "fact", depth: 1, text: `route: ${item.text}` });
        break;
      case "note":
        lines.push({ kind: "fact", depth: 1, text: item.text });
    }
}

function conntrackText({ what, state }: ConntrackTrace): string {
  switch (what) {
    case "new":
      return `a new connection, ${state}`;
    case "found":
      return `a known connection, ${state}`;
    case "kept":
      return `keeps what it has, ${state}`;
    case "untracked":
    case "none":
      return `no entry, ${state}`;
  }
}

function tableLines({ table, chain, items }: TableTrace, all: boolean, lines: Line[]): void {
  const [only] = items;
  if (items.length === 1 && only?.kind === "policy") {
    lines.push({ kind: "table", depth: 1, text: `${table} ${chain}`, detail: `no rules, policy ${only.policy}` });
    return;
  }
  lines.push({ kind: "table", depth: 1, text: `${table} ${chain}` });
  itemLines(items, 2, all, lines);
}

function itemLines(items: readonly ChainItem[], depth: number, all: boolean, lines: Line[]): void {
  for (let at = 0; at < items.length; ) {
    let end = at;
    while (end < items.length && isMiss(items[end]!)) end++;
    const hidden = end - at - 2 * SHOWN_OF_RUN;
    if (!all && end - at > LONG_RUN) {
      for (const item of items.slice(at, at + SHOWN_OF_RUN)) itemLine(item, depth, all, lines);
      lines.push({ kind: "skipped", depth, text: `… ${hidden} more rules that do not match` });
      at = end - SHOWN_OF_RUN;
    }
    for (const item of items.slice(at, Math.max(end, at + 1))) itemLine(item, depth, all, lines);
    at = Math.max(end, at + 1);
  }
}

const isMiss = (item: ChainItem): boolean => item.kind === "rule" && !item.matched;

function itemLine(item: ChainItem, depth: number, all: boolean, lines: Line[]): void {
  if (item.kind === "policy") {
    lines.push({ kind: "fact", depth, text: `policy ${item.policy}` });
    return;
  }
  const text = `${item.rule}  ${item.text.slice(`-A ${item.chain} `.length) || "(every packet, no target)"}`;
  if (!item.matched) {
    lines.push({ kind: "missed", depth, text, ...(item.why && { detail: whyNotText(item.why[0]!) }) });
    return;
  }
  lines.push({ kind: "matched", depth, text, detail: controlText(item) });
  for (const effect of item.effects)
    if (effect.kind === "change")
      lines.push({ kind: "change", depth: depth + 1, text: `${effect.field} ${effect.before} ⇒ ${effect.after}` });
    else lines.push({ kind: "fact", depth: depth + 1, text: effect.text });
  const { inside } = item;
  if (!inside) return;
  itemLines(inside.items, depth + 1, all, lines);
  if (inside.backTo !== undefined)
    lines.push({ kind: "fact", depth: depth + 1, text: `back to ${inside.backTo ?? "the policy"}` });
}

function controlText({ control, target, table }: RuleTrace): string {
  switch (control) {
    case "jump":
    case "goto":
      return `matches, ${control === "jump" ? "jumps" : "goes"} to ${target}`;
    case "return":
      return "matches, returns";
    case "accept":
      return `matches, ends ${table}`;
    case "end":
      return "matches, ends here";
    default:
      return "matches, goes on";
  }
}
