import type { Family } from "../../net/address.ts";
import type { Effect, Hook } from "../../predicate/effect.ts";
import { HOOKS } from "../../predicate/effect.ts";
import type { Condition } from "../../predicate/predicate.ts";
import type { Flavour, RuleRef } from "../../predicate/rule-ref.ts";
import type { BaseChain, Chain, Control, Program, Rule } from "../../program/program.ts";
import { type Action, accepts, goesOn } from "../extension/target.ts";
import type * as iptables from "../ruleset/ruleset.ts";
import { ruleText } from "../save/write.ts";
import { targetExtension } from "../targets/table.ts";
import { conditionsOf } from "./conditions.ts";

/**
 * Makes a program of a ruleset: iptables' five tables become base chains with the priorities that the kernel gives them, a
 * rule becomes one list of conditions, then its target's effects, and a control. Rulesets are immutable, so each is lowered
 * once; bodies and texts are made when they are first read.
 */
export function lower(ruleset: iptables.Ruleset): Program {
  let program = known.get(ruleset);
  if (program === undefined) {
    program = lowered(ruleset);
    known.set(ruleset, program);
  }
  return program;
}

const known = new WeakMap<iptables.Ruleset, Program>();

function lowered({ family, flavour, tables }: iptables.Ruleset): Program {
  const bases: BaseChain[] = [];
  const all: Chain[] = [];
  for (const { name, chains } of tables) {
    const made = lowerTable(name, chains, family, flavour);
    all.push(...made.values());
    for (const { name: chain, policy } of chains) {
      const hook = HOOKS.find((one) => one === chain);
      if (policy === null || hook === undefined) continue;
      bases.push({ hook, ...standing(name, hook, flavour), policy, chain: made.get(chain) as Chain });
    }
  }
  const translates = tables.some(({ name }) => name === "nat");
  return { flavour, families: [family], bases, chains: all, translates };
}

/** Type and priority of a table's base chains; nft's security table runs last, legacy's before nat translates (H1, H2). */
function standing(table: iptables.TableName, hook: Hook, flavour: Flavour): Pick<BaseChain, "type" | "priority"> {
  switch (table) {
    case "raw":
      return { type: "filter", priority: -300 };
    case "mangle":
      return { type: hook === "OUTPUT" ? "route" : "filter", priority: -150 };
    case "nat":
      return { type: "nat", priority: hook === "PREROUTING" || hook === "OUTPUT" ? -100 : 100 };
    case "filter":
      return { type: "filter", priority: 0 };
    case "security":
      return { type: "filter", priority: flavour === "nft" ? 150 : 50 };
  }
}

/** The chains of one table by name; a jump to one that the text does not show leads to a missing chain. */
function lowerTable(
  table: string,
  chains: readonly iptables.Chain[],
  family: Family,
  flavour: Flavour,
): ReadonlyMap<string, Chain> {
  const made = new Map<string, Chain>();
  const chainNamed = (name: string): Chain => {
    let found = made.get(name);
    if (found === undefined) {
      found = { ref: { flavour, family, table, chain: name }, rules: [], missing: true };
      made.set(name, found);
    }
    return found;
  };
  for (const { name, policy, rules, missing } of chains) {
    const refused = policy === null ? undefined : REFUSED_DEVICE[name];
    const ref = { flavour, family, table, chain: name };
    const lowerRule = (rule: iptables.Rule, at: number): Rule =>
      new LoweredRule(rule, family, { ...ref, rule: at + 1 }, refused, chainNamed);
    made.set(name, { ref, rules: rules.map(lowerRule), missing: missing ?? false });
  }
  return made;
}

/** Devices that iptables refuses in a rule of a built-in chain, so that a text cannot be hiding them there (R9). */
const REFUSED_DEVICE: Readonly<Record<string, iptables.HiddenField>> = {
  PREROUTING: "out",
  INPUT: "out",
  OUTPUT: "in",
  POSTROUTING: "in",
};

/** A rule of iptables as the evaluator takes it, made as far as it is read. */
class LoweredRule implements Rule {
  readonly ref: RuleRef;
  readonly #rule: iptables.Rule;
  readonly #family: Family;
  readonly #refused: iptables.HiddenField | undefined;
  readonly #chainNamed: (name: string) => Chain;
  #body: readonly (Condition | Effect)[] | null = null;
  #control: Control | null = null;

  constructor(
    rule: iptables.Rule,
    family: Family,
    ref: RuleRef,
    refused: iptables.HiddenField | undefined,
    chainNamed: (name: string) => Chain,
  ) {
    this.#rule = rule;
    this.#family = family;
    this.ref = ref;
    this.#refused = refused;
    this.#chainNamed = chainNamed;
  }

  get body(): readonly (Condition | Effect)[] {
    if (this.#body === null) {
      const hidden = this.#rule.hidden?.filter((field) => field !== this.#refused) ?? [];
      const conditions = conditionsOf(this.#rule, { family: this.#family, flavour: this.ref.flavour, hidden });
      this.#body = [...conditions, ...actionOf(this.#rule.target, this.#family).effects];
    }
    return this.#body;
  }

  get control(): Control {
    this.#control ??= controlOf(this.#rule.target, this.#family, this.#chainNamed);
    return this.#control;
  }

  get target(): string | null {
    const { target } = this.#rule;
    if (target === null) return null;
    if (target.kind === "jump" || target.kind === "goto") return target.chain;
    return target.kind === "unknown" ? target.name : target.kind;
  }

  get text(): string {
    return `-A ${this.ref.chain}${ruleText(this.#rule)}`;
  }
}

const PLAIN: Readonly<Record<"ACCEPT" | "DROP" | "RETURN", Control>> = {
  ACCEPT: { kind: "accept" },
  DROP: { kind: "drop" },
  RETURN: { kind: "return" },
};

function controlOf(target: iptables.RuleTarget | null, family: Family, chainNamed: (name: string) => Chain): Control {
  switch (target?.kind) {
    case "ACCEPT":
    case "DROP":
    case "RETURN":
      return PLAIN[target.kind];
    case "jump":
    case "goto":
      return { kind: target.kind, chain: chainNamed(target.chain) };
    default:
      return { kind: actionOf(target, family).control };
  }
}

/** What a target does besides sending the packet on; a rule without one only counts. */
function actionOf(target: iptables.RuleTarget | null, family: Family): Action {
  if (target === null) return goesOn();
  switch (target.kind) {
    case "ACCEPT":
    case "DROP":
    case "RETURN":
    case "jump":
    case "goto":
      return goesOn();
    case "QUEUE":
      return accepts({ kind: "queue", bypass: false });
    case "unknown":
      return goesOn({ kind: "unknown", extension: target.name });
    default: {
      const extension = targetExtension(target.kind);
      if (extension === undefined) throw new TypeError(`target ${target.kind} is not in the table of targets`);
      return extension.action(target, family);
    }
  }
}
