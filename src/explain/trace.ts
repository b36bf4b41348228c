import type { WhyNot } from "../predicate/describe.ts";
import type { Hook } from "../predicate/effect.ts";
import type { Flavour, RuleRef } from "../predicate/rule-ref.ts";

/**
 * Everything that happened to one packet, as a tree of plain data: passes, hooks, tables, rules.
 *
 * ```text
 *  trace ─▶ pass (from a socket, in on a device, over lo)
 *            ├ route
 *            └ hook ─▶ conntrack, table, nat skipped, change, route
 *                       table ─▶ rule (matched or why not, effects, the chain it led into), policy
 * ```
 */
export interface Trace {
  readonly passes: readonly Pass[];
}

/** One way through the hooks; a packet that leaves by lo makes a second one. */
export interface Pass {
  readonly kind: "pass";
  /** `from a local socket`, `arrives on eth0`, `comes in again over lo`. */
  readonly title: string;
  readonly items: readonly (HookTrace | RouteTrace | NoteTrace)[];
}

export interface HookTrace {
  readonly kind: "hook";
  readonly hook: Hook;
  /** The packet as it came to the hook: `tcp 10.244.1.5:40000 -> 10.96.0.10:80`. */
  readonly packet: string;
  readonly in: string;
  readonly out: string;
  readonly mark: number;
  readonly items: readonly (ConntrackTrace | TableTrace | NatSkipped | ChangeTrace | RouteTrace | NoteTrace)[];
}

export interface ConntrackTrace {
  readonly kind: "conntrack";
  readonly what: "found" | "new" | "none" | "untracked" | "kept";
  /** As `--ctstate` names it: `NEW`, `ESTABLISHED,DNAT`. */
  readonly state: string;
}

/** The chains of a nat table were not asked, and why. */
export interface NatSkipped {
  readonly kind: "nat-skipped";
  readonly reason: string;
}

/** A field before and after, and who changed it: a target's name, or `nat` for the connection's translation. */
export interface ChangeTrace {
  readonly kind: "change";
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly by: string;
}

export interface RouteTrace {
  readonly kind: "route";
  readonly text: string;
}

export interface NoteTrace {
  readonly kind: "note";
  readonly text: string;
}

/** One table at one hook. */
export interface TableTrace {
  readonly kind: "table";
  readonly flavour: Flavour;
  readonly table: string;
  readonly chain: string;
  readonly items: readonly ChainItem[];
}

export type ChainItem = RuleTrace | PolicyTrace;

/** A rule that was looked at. */
export interface RuleTrace extends RuleRef {
  readonly kind: "rule";
  /** As `iptables -S` prints it, from `-A` on. */
  readonly text: string;
  /** What it asks, condition by condition. */
  readonly conditions: readonly string[];
  readonly matched: boolean;
  /** Only where it did not match: the conditions that failed, the first one first. */
  readonly why?: readonly WhyNot[];
  /** The target's name or the chain it leads to; null for a rule that only counts. */
  readonly target: string | null;
  /** Where control went, for a rule that matched. */
  readonly control?: "continue" | "jump" | "goto" | "return" | "accept" | "drop" | "end";
  readonly effects: readonly (ChangeTrace | NoteTrace)[];
  /** What happened in the chain that it led into. */
  readonly inside?: ChainTrace;
}

/** A user chain while one rule had led into it. */
export interface ChainTrace {
  readonly chain: string;
  readonly items: readonly ChainItem[];
  /** The chain that went on behind this one; null: this table's policy; absent: the walk of the table ended here. */
  readonly backTo?: string | null;
}

/** A built-in chain came to its end. */
export interface PolicyTrace {
  readonly kind: "policy";
  readonly table: string;
  readonly chain: string;
  readonly policy: "ACCEPT" | "DROP";
}

/** All tables of a trace with their hooks, in order. */
export function tablesOf(trace: Trace): readonly { readonly hook: HookTrace; readonly table: TableTrace }[] {
  return trace.passes.flatMap((pass) =>
    pass.items
      .filter((one) => one.kind === "hook")
      .flatMap((hook) => hook.items.filter((one) => one.kind === "table").map((table) => ({ hook, table }))),
  );
}

/** Every rule that was looked at below some items, in order, each with the rules whose jumps led to it. */
export function* rulesOf(
  items: readonly ChainItem[],
  path: readonly RuleTrace[] = [],
): Generator<{ readonly rule: RuleTrace; readonly path: readonly RuleTrace[] }> {
  for (const item of items) {
    if (item.kind !== "rule") continue;
    yield { rule: item, path };
    if (item.inside) yield* rulesOf(item.inside.items, [...path, item]);
  }
}
