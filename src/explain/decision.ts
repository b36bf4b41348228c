import type { Hook } from "../predicate/effect.ts";
import { type RuleRef, refText } from "../predicate/rule-ref.ts";
import type { Fate } from "../walk/run/walk.ts";
import {
  type ChangeTrace,
  type HookTrace,
  type RuleTrace,
  rulesOf,
  type TableTrace,
  type Trace,
  tablesOf,
} from "./trace.ts";

/** A rule with its text and hook. */
export interface DecidingRule extends RuleRef {
  readonly hook: Hook;
  readonly text: string;
}

/**
 * What sent the packet where it went.
 *
 * `acting` is the rule whose target did it: the last REDIRECT, DNAT or TPROXY that set the destination, the DROP or REJECT
 * that ended the walk, or the RETURN or ACCEPT that let an untouched packet pass. `because` is the rule that chose it:
 * `acting` itself, or the rule that jumped to it where its chain only carries out (ISTIO_REDIRECT is one REDIRECT for
 * everybody: what decides is the rule of ISTIO_OUTPUT that leads there). `path` are all of them, from the built-in chain.
 */
export type Decision =
  | {
      readonly kind: "rule";
      readonly does: "translate" | "assign" | "stop" | "pass";
      readonly acting: DecidingRule;
      readonly because: DecidingRule;
      readonly path: readonly DecidingRule[];
    }
  /** No rule took it: the policy of a built-in chain. */
  | {
      readonly kind: "policy";
      readonly hook: Hook;
      readonly table: string;
      readonly chain: string;
      readonly policy: string;
    }
  /** The translation was decided with an earlier packet of the connection. */
  | { readonly kind: "connection"; readonly hook: Hook; readonly reason: string }
  /** Routing, or nothing at all. */
  | { readonly kind: "none" };

interface Found {
  readonly hook: HookTrace;
  readonly table: TableTrace;
  readonly rule: RuleTrace;
  readonly path: readonly RuleTrace[];
}

/** What decided about a packet, see {@link Decision}. */
export function decisionOf(trace: Trace, fate: Fate): Decision {
  switch (fate.kind) {
    case "dropped":
    case "rejected":
    case "queued":
    case "answered": {
      if (fate.policy !== undefined) {
        const { hook, table, chain, policy } = fate;
        return { kind: "policy", hook, table, chain, policy };
      }
      const found = matchedRules(trace).findLast(
        ({ rule }) => rule.control === "end" || rule.control === "drop" || rule.control === "accept",
      );
      return found ? byRule(found, "stop") : { kind: "none" };
    }
    case "delivered":
    case "sent":
      return assigning(trace, fate) ?? translating(trace) ?? passing(trace);
    case "unroutable":
      return translating(trace) ?? { kind: "none" };
    case "undetermined":
      return { kind: "none" };
  }
}

const matchedRules = (trace: Trace): readonly Found[] =>
  tablesOf(trace).flatMap(({ hook, table }) =>
    [...rulesOf(table.items)].filter(({ rule }) => rule.matched).map((one) => ({ hook, table, ...one })),
  );

/** TPROXY, where the socket that it assigned got the packet. */
function assigning(trace: Trace, fate: Fate): Decision | undefined {
  if (fate.kind !== "delivered" || fate.socket === null) return undefined;
  const found = matchedRules(trace).findLast(({ rule }) => rule.target === "TPROXY" && rule.control === "accept");
  return found && byRule(found, "assign");
}

/** The rule behind which the packet's source or destination changed last; undefined if it was not translated. */
export function translating(trace: Trace, field: "source" | "destination" = "destination"): Decision | undefined {
  let last: Decision | undefined;
  for (const pass of trace.passes)
    for (const hook of pass.items) {
      if (hook.kind !== "hook") continue;
      for (const [at, item] of hook.items.entries()) {
        if (item.kind !== "change" || item.by !== "nat" || item.field !== field) continue;
        last = translatedAt(hook, hook.items.slice(0, at));
      }
    }
  return last;
}

function translatedAt(hook: HookTrace, before: HookTrace["items"]): Decision {
  const skipped = before.findLast((one) => one.kind === "nat-skipped");
  if (skipped) return { kind: "connection", hook: hook.hook, reason: skipped.reason };
  const table = before.findLast((one) => one.kind === "table" && one.table === "nat") as TableTrace | undefined;
  const last = table && [...rulesOf(table.items)].findLast(({ rule }) => rule.matched);
  if (!table || !last) return { kind: "none" };
  return byRule({ hook, table, ...last }, "translate");
}

/**
 * What let an untouched packet pass: how its walk through the nat table ended where destinations are translated; without
 * a nat table, the last rule of any table that ended one; else the policies.
 */
function passing(trace: Trace): Decision {
  const tables = tablesOf(trace);
  const nat = tables.find(
    ({ hook, table }) => table.table === "nat" && (hook.hook === "OUTPUT" || hook.hook === "PREROUTING"),
  );
  const ended = (nat ? [nat] : [...tables].reverse()).map(endOf);
  const rule = ended.find((one) => one?.kind === "rule");
  return rule ?? ended.find((one) => one !== undefined) ?? skippedFirst(trace) ?? { kind: "none" };
}

function skippedFirst(trace: Trace): Decision | undefined {
  for (const pass of trace.passes)
    for (const hook of pass.items) {
      if (hook.kind !== "hook") continue;
      const skipped = hook.items.find((one) => one.kind === "nat-skipped");
      if (skipped) return { kind: "connection", hook: hook.hook, reason: skipped.reason };
    }
  return undefined;
}

/** How a table let a packet through: by an ACCEPT, by a RETURN that led to the policy, or by the policy alone. */
function endOf({ hook, table }: { readonly hook: HookTrace; readonly table: TableTrace }): Decision | undefined {
  const end = table.items.at(-1);
  const matched = [...rulesOf(table.items)].filter(({ rule }) => rule.matched);
  // Behind a RETURN no other rule may have matched: else it only came back to its caller.
  const last = matched.findLast(({ rule }) => rule.control !== "continue");
  if (last && (last.rule.control === "return" || last.rule.control === "accept"))
    return byRule({ hook, table, ...last }, "pass");
  if (end?.kind !== "policy") return undefined;
  return { kind: "policy", hook: hook.hook, table: end.table, chain: end.chain, policy: end.policy };
}

const decidingRule = ({ flavour, family, table, chain, rule, text }: RuleTrace, hook: Hook): DecidingRule => ({
  hook,
  flavour,
  family,
  table,
  chain,
  rule,
  text,
});

function byRule(found: Found, does: "translate" | "assign" | "stop" | "pass"): Decision {
  const { hook, rule, path } = found;
  const all = [...path, rule];
  let at = all.length - 1;
  while (at > 0 && onlyCarriesOut(all[at - 1]!)) at--;
  return {
    kind: "rule",
    does,
    acting: decidingRule(rule, hook.hook),
    because: decidingRule(all[at]!, hook.hook),
    path: all.map((one) => decidingRule(one, hook.hook)),
  };
}

/** Whether the chain that a rule led to chose nothing: its rules ask for a protocol at most, and none of them leads on. */
const onlyCarriesOut = ({ inside }: RuleTrace): boolean =>
  inside?.items.every(
    (item) =>
      item.kind === "rule" &&
      item.inside === undefined &&
      item.control !== "return" &&
      item.conditions.every((condition) => /^(! )?-p /.test(condition)),
  ) ?? false;

/** `nat OUTPUT rule 1 → ISTIO_OUTPUT rule 9 → ISTIO_REDIRECT rule 1`. */
export function pathText(path: readonly DecidingRule[]): string {
  return path.map((one, at) => (at === 0 ? refText(one) : `${one.chain} rule ${one.rule}`)).join(" → ");
}

/** Everything that a walk changed, in order. */
export const changesOf = (trace: Trace): readonly ChangeTrace[] =>
  trace.passes.flatMap((pass) =>
    pass.items.flatMap((hook) =>
      hook.kind !== "hook"
        ? []
        : hook.items.flatMap((item) =>
            item.kind === "change"
              ? [item]
              : item.kind === "table"
                ? [...rulesOf(item.items)].flatMap(({ rule }) => rule.effects.filter((one) => one.kind === "change"))
                : [],
          ),
    ),
  );
