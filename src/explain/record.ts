import { conntrackProtocol } from "../conntrack/entry.ts";
import { addressText } from "../net/address.ts";
import { allWhyNot, stateText } from "../predicate/describe.ts";
import type { Frame } from "../predicate/frame.ts";
import { addressOf } from "../predicate/frame.ts";
import { conditionText } from "../predicate/predicate.ts";
import { teller } from "../walk/leaves/leaves.ts";
import type { PreparedRule } from "../walk/run/prepared.ts";
import type { Observer, WalkEvent } from "../walk/run/trace.ts";
import type {
  ChainItem,
  ChainTrace,
  ChangeTrace,
  HookTrace,
  NoteTrace,
  Pass,
  RuleTrace,
  TableTrace,
  Trace,
} from "./trace.ts";

type Growing<T> = T extends readonly (infer I)[] ? I[] : never;
/** The same shape while its lists still grow. */
type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly unknown[] ? Growing<T[K]> : T[K] };

interface OpenChain {
  readonly items: ChainItem[];
  /** null for the built-in chain. */
  readonly draft: Draft<ChainTrace> | null;
  readonly how: "base" | "jump" | "goto";
}

/** An observer for `send`, and the tree of what it saw so far. Use a fresh one for each walk. */
export function recordTrace(): { readonly observer: Observer; readonly trace: Trace } {
  const passes: Draft<Pass>[] = [];
  let pass: Draft<Pass> | undefined;
  let hook: Draft<HookTrace> | undefined;
  let chains: OpenChain[] = [];
  let rule: Draft<RuleTrace> | undefined;

  const startPass = (title: string): Draft<Pass> => {
    pass = { kind: "pass", title, items: [] };
    hook = undefined;
    passes.push(pass);
    return pass;
  };
  const closeTable = (): void => {
    chains = [];
    rule = undefined;
  };

  function observer(event: WalkEvent): void {
    switch (event.kind) {
      case "hook": {
        closeTable();
        const { frame } = event;
        if (event.hook === "PREROUTING")
          startPass(passes.length === 0 ? `arrives on ${frame.inDevice}` : `comes in again over ${frame.inDevice}`);
        pass ??= startPass("from a local socket");
        hook = {
          kind: "hook",
          hook: event.hook,
          packet: frameText(frame),
          in: frame.inDevice,
          out: frame.outDevice,
          mark: frame.mark >>> 0,
          items: [],
        };
        pass.items.push(hook);
        return;
      }
      case "conntrack":
        hook!.items.push({ kind: "conntrack", what: event.what, state: stateText(event.frame) });
        return;
      case "table": {
        closeTable();
        const { flavour, table: name, chain } = event.chain;
        const table: Draft<TableTrace> = { kind: "table", flavour, table: name, chain, items: [] };
        hook!.items.push(table);
        chains = [{ items: table.items, draft: null, how: "base" }];
        return;
      }
      case "nat-skipped":
        closeTable();
        hook!.items.push({ kind: "nat-skipped", reason: event.reason });
        return;
      case "rule":
        rule = ruleTrace(event.rule, event.matched, event.frame);
        chains.at(-1)!.items.push(rule);
        return;
      case "unmatched":
        if (rule) Object.assign(rule, { matched: false, ...whyOf(event.rule, event.frame) });
        return;
      case "control":
        if (rule) rule.control = event.control;
        return;
      case "enter": {
        const draft: Draft<ChainTrace> = { chain: event.chain, items: [] };
        rule!.inside = draft;
        chains.push({ items: draft.items, draft, how: event.how });
        rule = undefined;
        return;
      }
      case "leave":
        leave(event.to);
        return;
      case "policy":
        chains[0]!.items.push({
          kind: "policy",
          table: event.step.table,
          chain: event.step.chain,
          policy: event.step.policy,
        });
        return;
      case "change": {
        const change: ChangeTrace = pick(event, ["kind", "field", "before", "after", "by"]);
        // A connection's translation is applied behind the table, also where no rule was asked.
        if (event.by === "nat") closeTable();
        attach(change);
        return;
      }
      case "note":
        attach({ kind: "note", text: event.text });
        return;
      case "route":
        if (hook === undefined)
          (pass ?? startPass("from a local socket")).items.push({ kind: "route", text: event.text });
        else {
          closeTable();
          hook.items.push({ kind: "route", text: event.text });
        }
        return;
    }
  }

  /** The innermost chain ended, and those that went to it by `-g`: none of these waits for its end (T2). */
  function leave(to: string | undefined): void {
    rule = undefined;
    while (chains.length > 1) {
      const { draft, how } = chains.pop()!;
      draft!.backTo = to ?? null;
      if (how === "jump") return;
    }
  }

  function attach(one: ChangeTrace | NoteTrace): void {
    const place: (ChangeTrace | NoteTrace)[] = (rule?.effects as never) ?? (hook?.items as never) ?? [];
    place.push(one);
  }

  return { observer, trace: { passes } };
}

const pick = <T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;

function ruleTrace(prepared: PreparedRule, matched: boolean, frame: Frame): Draft<RuleTrace> {
  const { rule, conditions } = prepared;
  return {
    kind: "rule",
    ...rule.ref,
    text: rule.text,
    conditions: conditions.map(conditionText),
    matched,
    ...(!matched && whyOf(prepared, frame)),
    target: rule.target,
    effects: [],
  };
}

function whyOf({ conditions }: PreparedRule, frame: Frame): Pick<RuleTrace, "why"> {
  const why = allWhyNot(conditions, frame, teller);
  return why.length > 0 ? { why: [...why] } : {};
}

/** `tcp 10.244.1.5:40000 -> 10.96.0.10:80`, as packets are written. */
function frameText(frame: Frame): string {
  const family = frame.v6 ? "ipv6" : "ipv4";
  const end = (field: "src" | "dst", port: number): string => {
    const text = addressText(family, addressOf(frame, field));
    return port < 0 ? text : `${frame.v6 ? `[${text}]` : text}:${port}`;
  };
  return `${conntrackProtocol(frame.proto)} ${end("src", frame.sport)} -> ${end("dst", frame.dport)}`;
}
