import type { Family } from "../net/address.ts";
import type { Plan, Stage } from "../netns/plan.ts";
import { type Asker, compile, every, type LeafTests, type Test } from "../predicate/compile.ts";
import type { Tested } from "../predicate/describe.ts";
import { type Effect, HOOKS, type Hook } from "../predicate/effect.ts";
import { sharedName } from "../predicate/memory.ts";
import type { Remembered } from "../predicate/predicate.ts";
import { type ChainRef, type RuleRef, ruleKey } from "../predicate/rule-ref.ts";
import { type BaseChain, type Chain, isCondition, type Rule } from "../program/program.ts";
import type { RuleStep } from "../program/step.ts";
import { leafTests } from "./leaves/leaves.ts";
import type { Prepared, PreparedBase, PreparedChain, PreparedRule, PreparedStage, Segment } from "./run/prepared.ts";

const prepared = new WeakMap<Plan, Prepared>();

/** The plan with its rules compiled, each chain when a packet first comes to it. Made once for each plan. */
export function preparedOf(plan: Plan, family: Family): Prepared {
  let made = prepared.get(plan);
  if (made === undefined) {
    const chains = new Chains(family);
    made = plan.stages.map((stages) => stages.map((stage) => prepareStage(stage, chains)));
    prepared.set(plan, made);
  }
  return made;
}

function prepareStage(stage: Stage, chains: Chains): PreparedStage {
  switch (stage.kind) {
    case "conntrack":
      return stage;
    case "chain":
      return { kind: "chain", base: chains.base(stage.base) };
    case "nat":
      return { kind: "nat", bases: stage.bases.map((base) => chains.base(base)) };
  }
}

/** The chains of one plan, each prepared once. */
class Chains {
  readonly family: Family;
  readonly #made: Map<Chain, PreparedChain> = new Map();

  constructor(family: Family) {
    this.family = family;
  }

  base(base: BaseChain): PreparedBase {
    const { hook, policy, chain } = base;
    return { base, chain: this.chain(chain), step: { ...chain.ref, hook, policy } };
  }

  chain(chain: Chain): PreparedChain {
    let made = this.#made.get(chain);
    if (made === undefined) {
      made = new LazyChain(chain, this);
      this.#made.set(chain, made);
    }
    return made;
  }
}

class LazyChain implements PreparedChain {
  readonly ref: ChainRef;
  readonly missing: boolean;
  readonly #chain: Chain;
  readonly #chains: Chains;
  #rules: readonly PreparedRule[] | null = null;

  constructor(chain: Chain, chains: Chains) {
    this.ref = chain.ref;
    this.missing = chain.missing;
    this.#chain = chain;
    this.#chains = chains;
  }

  get rules(): readonly PreparedRule[] {
    this.#rules ??= this.#chain.rules.map((rule) => prepareRule(rule, this.#chains));
    return this.#rules;
  }
}

function prepareRule(rule: Rule, chains: Chains): PreparedRule {
  const leaves = new RuleLeaves(rule.ref, chains.family);
  const segments: Segment[] = [];
  const conditions: Tested[] = [];
  let tests: Test[] = [];
  let effects: Effect[] = [];
  const close = (): void => {
    segments.push({ test: every(tests), effects });
    tests = [];
    effects = [];
  };
  for (const part of rule.body) {
    if (!isCondition(part)) {
      effects.push(part);
      continue;
    }
    if (effects.length > 0) close();
    const run = compile(part.test, { at: rule.ref, words: part.words, negated: part.negated }, leaves);
    tests.push(run);
    conditions.push({ ...part, run });
  }
  close();
  const [first, ...rest] = segments as [Segment, ...Segment[]];
  const { control } = rule;
  return {
    rule,
    ...first,
    rest: rest.length === 0 ? null : rest,
    control: control.kind,
    next: control.kind === "jump" || control.kind === "goto" ? chains.chain(control.chain) : null,
    conditions,
    slot: `${ruleKey(rule.ref)} template`,
    step: stepsOf(rule),
  };
}

/** Tests of a rule's leaves; each memory of its own gets a slot of its own. */
class RuleLeaves implements LeafTests {
  readonly #key: string;
  readonly #v6: boolean;
  #memories = 0;

  constructor(ref: RuleRef, family: Family) {
    this.#key = ruleKey(ref);
    this.#v6 = family === "ipv6";
  }

  memory(leaf: Remembered, asker: Asker): Test {
    const slot = sharedName(leaf.memory, this.#v6) ?? `${this.#key} ${this.#memories++}`;
    return leafTests.memory(leaf, slot, asker);
  }

  readonly socket: LeafTests["socket"] = leafTests.socket;
  readonly host: LeafTests["host"] = leafTests.host;
}

/** Steps are kept by hook and caller, so that a walk that meets the rule makes none. */
function stepsOf({ ref, target }: Rule): PreparedRule["step"] {
  const kept: (RuleStep | undefined)[][] = [];
  return (hook, caller) => {
    const here = kept[hook] ?? [];
    const at = caller === null ? 0 : caller + 1;
    const step = here[at] ?? { ...ref, hook: HOOKS[hook] as Hook, target, caller };
    here[at] = step;
    kept[hook] = here;
    return step;
  };
}
