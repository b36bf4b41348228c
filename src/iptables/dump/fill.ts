import type { DeviceCondition, HiddenField, Rule } from "../ruleset/ruleset.ts";

/** What hidden fields are taken to be; null is no condition, a field that is left out stays hidden. */
export type Filling = { readonly [F in HiddenField]?: DeviceCondition | null };

/** The rule with hidden fields filled; fields that it does not hide are left as they are. */
export function fillRule(rule: Rule, filling: Filling): Rule {
  const { hidden, in: into, out, ...rest } = rule;
  if (hidden === undefined) return rule;
  const still = hidden.filter((field) => filling[field] === undefined);
  const shown = { in: into, out };
  for (const field of hidden) shown[field] = filling[field] ?? undefined;
  return {
    ...rest,
    ...(shown.in && { in: shown.in }),
    ...(shown.out && { out: shown.out }),
    ...(still.length > 0 && { hidden: still }),
  };
}
