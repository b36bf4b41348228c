import type { Plan } from "./fuzz-plan.ts";
import { createLab, type Lab } from "./lab.ts";
import type { Flavour } from "./lab-types.ts";

/** Laboratories of a fuzz run, made when the first session needs them. */
export interface Labs {
  readonly of: (plan: Pick<Plan, "flavour" | "ipRules" | "ipRoutes">) => Promise<Lab>;
  readonly close: () => Promise<void>;
}

/**
 * Whether policy rules, or local routes of one's own, make the kernel check sources by a look-up. A namespace that ever
 * had them goes on doing so (fib4_rule_delete sets fib_has_custom_rules), so such sessions have a laboratory apart.
 */
const isCustom = ({ ipRules, ipRoutes }: Pick<Plan, "ipRules" | "ipRoutes">): boolean =>
  ipRules.length > 0 || ipRoutes.some(({ type }) => type === "local");

export function createLabs(): Labs {
  const made = new Map<string, Promise<Lab>>();
  const lab = (flavour: Flavour, key: string): Promise<Lab> => {
    const found = made.get(key) ?? createLab({ flavour });
    made.set(key, found);
    return found;
  };
  return {
    of: (plan) => lab(plan.flavour, `${plan.flavour} ${isCustom(plan)}`),
    close: async () => {
      for (const one of made.values()) await (await one).close();
    },
  };
}
