import type { Family } from "../net/address.ts";
import { HOOKS, type Hook } from "../predicate/effect.ts";
import { wantsConntrack } from "../program/needs.ts";
import type { BaseChain, Program } from "../program/program.ts";

/** What happens at a hook. */
export type Stage =
  | { readonly kind: "conntrack" }
  /** A chain that every packet passes. */
  | { readonly kind: "chain"; readonly base: BaseChain }
  /** Connections are translated; the chains are asked until one has decided how (H6). */
  | { readonly kind: "nat"; readonly bases: readonly BaseChain[] };

/** What packets of one family meet, hook by hook. */
export interface Plan {
  /** By the hook's index in HOOKS, in the order in which they run. */
  readonly stages: readonly (readonly Stage[])[];
  readonly conntrack: boolean;
}

/** Kernel: enum nf_ip_hook_priorities. */
const CONNTRACK_PRIORITY = -200;
const DESTINATION_PRIORITY = -100;
const SOURCE_PRIORITY = 100;

const HOOKS_OF_NAT: Readonly<Partial<Record<Hook, number>>> = {
  PREROUTING: DESTINATION_PRIORITY,
  OUTPUT: DESTINATION_PRIORITY,
  INPUT: SOURCE_PRIORITY,
  POSTROUTING: SOURCE_PRIORITY,
};

/**
 * Orders the base chains of programs, given in the order in which they were loaded. At equal priority the one that was
 * registered later runs first (H6).
 *
 * @param attached whether conntrack is attached; undefined: as the rules imply (H5)
 */
export function planOf(programs: readonly Program[], family: Family, attached: boolean | undefined): Plan {
  const own = programs.filter(({ families }) => families.includes(family));
  const conntrack = attached ?? own.some(wantsConntrack);
  const translates = own.some((program) => program.translates);
  const bases = own
    .flatMap((program) => program.bases)
    .reverse()
    .sort((a, b) => a.priority - b.priority);
  const stages = HOOKS.map((hook) => {
    const found: { readonly priority: number; readonly stage: Stage }[] = [];
    const here = bases.filter((base) => base.hook === hook);
    if (conntrack && (hook === "PREROUTING" || hook === "OUTPUT"))
      found.push({ priority: CONNTRACK_PRIORITY, stage: { kind: "conntrack" } });
    for (const base of here)
      if (base.type !== "nat") found.push({ priority: base.priority, stage: { kind: "chain", base } });
    const priority = HOOKS_OF_NAT[hook];
    // Without conntrack nat chains are never asked (H5).
    if (conntrack && translates && priority !== undefined)
      found.push({ priority, stage: { kind: "nat", bases: here.filter(({ type }) => type === "nat") } });
    return found.sort((a, b) => a.priority - b.priority).map((one) => one.stage);
  });
  return { stages, conntrack };
}
