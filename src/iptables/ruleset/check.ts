import { protocolText } from "../../net/protocol.ts";
import { HOOKS, type Hook } from "../../predicate/effect.ts";
import type { Placement } from "../extension/match.ts";
import { matchExtension } from "../matches/table.ts";
import { targetExtension } from "../targets/table.ts";
import { BUILT_IN, type Chain, type Rule, type Ruleset, type Table, type TableName } from "./ruleset.ts";

/** Something that iptables or the kernel refuses, and where. */
export interface Refusal {
  readonly code:
    | "bad-table"
    | "bad-hook"
    | "bad-protocol"
    | "bad-device"
    | "bad-verdict"
    | "bad-jump"
    | "jump-loop"
    | "too-deep";
  readonly message: string;
  readonly table: TableName;
  readonly chain: string;
  /** From 1. */
  readonly rule: number;
}

/** Why `-j DROP` and `-P … DROP` are refused; a policy that iptables-restore sets by `:OUTPUT DROP` works (N8). */
export const NO_FILTERING = "the table nat is not for filtering, iptables refuses DROP there";

/** nft takes no more user chains below a base chain (NFT_JUMP_STACK_SIZE). */
const NFT_DEPTH = 15;

/**
 * What iptables or the kernel would refuse in a ruleset: extensions in tables, at hooks or without the protocol that
 * they need, jumps in a circle, and what iptables itself forbids by the chain's name.
 *
 * A user chain counts as every hook that reaches it by jump or goto, whatever the conditions. Legacy iptables does not
 * look behind an unconditional verdict, nft does. Chains that the dump does not show are not judged.
 *
 * Kernel: net/ipv4/netfilter/ip_tables.c, mark_source_chains and check_target; net/netfilter/nf_tables_api.c,
 * nft_chain_validate.
 */
export function check(ruleset: Ruleset): readonly Refusal[] {
  return ruleset.tables.flatMap((table) => checkTable(table, ruleset));
}

function checkTable(table: Table, ruleset: Ruleset): readonly Refusal[] {
  const found: Refusal[] = [];
  const chains = new Map(table.chains.map((chain) => [chain.name, chain]));
  const visible = new Map(table.chains.map((chain) => [chain, visibleRules(chain, ruleset)]));
  const bases = table.chains.filter((chain) => chain.policy !== null && BUILT_IN[table.name].includes(chain.name));
  const builtIn = new Set(bases.map((chain) => chain.name));
  const reach = reachOf(bases, chains, visible);
  for (const chain of table.chains) {
    const hooks = reach.get(chain) ?? NO_HOOKS;
    const seen = visible.get(chain)!;
    let index = 0;
    const say: Say = (code, message) => {
      found.push({ code, message, table: table.name, chain: chain.name, rule: index + 1 });
    };
    for (; index < chain.rules.length; index++)
      checkRule(chain.rules[index]!, table, chain, builtIn, index < seen ? hooks : NO_HOOKS, say);
  }
  return [...found, ...loopsOf(table.name, bases, chains, visible, ruleset)];
}

const NO_HOOKS: ReadonlySet<Hook> = new Set();

type Say = (code: Refusal["code"], message: string) => void;

function checkRule(
  rule: Rule,
  table: Table,
  chain: Chain,
  builtIn: ReadonlySet<string>,
  reached: ReadonlySet<Hook>,
  say: Say,
): void {
  for (const match of rule.matches) {
    const extension = matchExtension(match.kind);
    if (extension) checkPlace("-m", match.kind, extension, rule, table, reached, say);
  }
  const { target } = rule;
  const extension = target && targetExtension(target.kind);
  if (extension) checkPlace("-j", target.kind, extension, rule, table, reached, say);
  if (target?.kind === "DROP" && table.name === "nat") say("bad-verdict", `-j DROP: ${NO_FILTERING}`);
  if (target && (target.kind === "jump" || target.kind === "goto") && builtIn.has(target.chain))
    say(
      "bad-jump",
      `-${target.kind === "jump" ? "j" : "g"} ${target.chain}: expected a user chain, got a built-in one`,
    );
  if (!builtIn.has(chain.name)) return;
  // By the chain's name only: iptables does not follow jumps for this (xshared.c, check_inverse and generic_opt_check).
  if (rule.in && (chain.name === "OUTPUT" || chain.name === "POSTROUTING"))
    say("bad-device", `-i ${rule.in.pattern}: chain ${chain.name} has no in-interface`);
  if (rule.out && (chain.name === "PREROUTING" || chain.name === "INPUT"))
    say("bad-device", `-o ${rule.out.pattern}: chain ${chain.name} has no out-interface`);
}

function checkPlace(
  option: string,
  kind: string,
  { tables, hooks, protocols }: Placement,
  rule: Rule,
  table: Table,
  reached: ReadonlySet<Hook>,
  say: Say,
): void {
  if (tables && !tables.includes(table.name))
    say("bad-table", `${option} ${kind}: expected table ${tables.join(" or ")}, got ${table.name}`);
  else if (hooks) {
    const wrong = [...reached].filter((hook) => !hooks.includes(hook));
    if (wrong.length > 0)
      say(
        "bad-hook",
        `${option} ${kind}: expected to be reached from ${hooks.join(" or ")} only, got ${wrong.join(", ")}`,
      );
  }
  const { protocol } = rule;
  if (protocols && !(protocol && !protocol.negated && protocols.includes(protocol.number))) {
    const got = protocol ? `${protocol.negated ? "! " : ""}-p ${protocolText(protocol.number)}` : "no -p";
    say("bad-protocol", `${option} ${kind}: expected -p ${protocols.map(protocolText).join(" or ")}, got ${got}`);
  }
}

/** How many rules of a chain are looked at: legacy stops behind the first unconditional verdict. */
function visibleRules({ rules }: Chain, { flavour }: Ruleset): number {
  const stop = flavour === "nft" ? -1 : rules.findIndex(endsChain);
  return stop < 0 ? rules.length : stop + 1;
}

const STANDARD = new Set(["ACCEPT", "DROP", "RETURN", "QUEUE"]);

/** No condition at all and a standard verdict; even `-m comment` makes it a condition (ip_tables.c, unconditional). */
const endsChain = (rule: Rule): boolean =>
  rule.target !== null &&
  STANDARD.has(rule.target.kind) &&
  rule.matches.length === 0 &&
  !rule.hidden?.length &&
  !(rule.source || rule.destination || rule.in || rule.out || rule.protocol) &&
  rule.fragment === undefined;

/** The chains that the rules of a chain go to, in order, as far as they are looked at. */
function* nextChains(chain: Chain, chains: ReadonlyMap<string, Chain>, visible: number): Iterable<[Chain, number]> {
  for (let at = 0; at < visible; at++) {
    const target = chain.rules[at]!.target;
    const next = target && (target.kind === "jump" || target.kind === "goto") ? chains.get(target.chain) : undefined;
    if (next) yield [next, at + 1];
  }
}

/** For each chain, the hooks that reach it. */
function reachOf(
  bases: readonly Chain[],
  chains: ReadonlyMap<string, Chain>,
  visible: ReadonlyMap<Chain, number>,
): ReadonlyMap<Chain, ReadonlySet<Hook>> {
  const reach = new Map<Chain, Set<Hook>>();
  for (const hook of HOOKS) {
    const base = bases.find((chain) => chain.name === hook);
    if (base === undefined) continue;
    const open = [base];
    for (let chain = open.pop(); chain !== undefined; chain = open.pop()) {
      const hooks = reach.get(chain) ?? new Set();
      reach.set(chain, hooks);
      if (hooks.has(hook)) continue;
      hooks.add(hook);
      for (const [next] of nextChains(chain, chains, visible.get(chain)!)) open.push(next);
    }
  }
  return reach;
}

interface Visit {
  readonly chain: Chain;
  readonly next: Iterator<[Chain, number]>;
}

/**
 * Jumps in a circle that a built-in chain reaches, and for nft chains that are nested too deeply. Depth first, with a
 * stack of its own since legacy chains may be nested by the thousand; each chain is finished once.
 */
function loopsOf(
  table: TableName,
  bases: readonly Chain[],
  chains: ReadonlyMap<string, Chain>,
  visible: ReadonlyMap<Chain, number>,
  { flavour }: Ruleset,
): readonly Refusal[] {
  const found: Refusal[] = [];
  const finished = new Set<Chain>();
  const visit = (chain: Chain): Visit => ({
    chain,
    next: nextChains(chain, chains, visible.get(chain)!)[Symbol.iterator](),
  });
  for (const base of bases) {
    const path: Visit[] = [visit(base)];
    /** Each chain of the path, and where it stands in it. */
    const onPath = new Map([[base, 0]]);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.next.next();
      if (step.done) {
        path.pop();
        onPath.delete(top.chain);
        finished.add(top.chain);
        continue;
      }
      const [next, rule] = step.value;
      const place = { table, chain: top.chain.name, rule };
      const start = onPath.get(next);
      if (start !== undefined)
        found.push({ code: "jump-loop", message: `jumps in a circle: ${circleText(path, start)}`, ...place });
      else if (!finished.has(next)) {
        onPath.set(next, path.length);
        path.push(visit(next));
        if (flavour === "nft" && path.length === NFT_DEPTH + 2)
          found.push({
            code: "too-deep",
            message: `chain ${next.name}: nft nests at most ${NFT_DEPTH} user chains`,
            ...place,
          });
      }
    }
  }
  return found;
}

/** Chains of a circle that are named; each of thousands of nested chains may close one as long as they all. */
const NAMED = 20;

/** `A -> B -> A`; of a long circle the middle is only counted. */
function circleText(path: readonly Visit[], start: number): string {
  const names = (from: number, to: number): readonly string[] => path.slice(from, to).map(({ chain }) => chain.name);
  const left = path.length - start - NAMED;
  const shown =
    left <= 0
      ? names(start, path.length)
      : [...names(start, start + NAMED / 2), `(${left} more)`, ...names(path.length - NAMED / 2, path.length)];
  return [...shown, path[start]!.chain.name].join(" -> ");
}
