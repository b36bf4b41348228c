import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { bang, type Given, numberFrom, type OptionSpec, option, refuseTogether } from "../extension/value.ts";
import { inRange, never, type Predicate } from "../predicate/predicate.ts";

/** What ttl and hl ask of the hops that a packet has left. */
export interface HopCondition {
  readonly operation: "eq" | "ne" | "lt" | "gt";
  readonly value: number;
}

const byte = numberFrom(0, 255);
const LISTED = { eq: "==", ne: "!=", lt: "<", gt: ">" } as const;
const OPERATIONS = ["eq", "ne", "lt", "gt"] as const;

type HopOptions = Readonly<Record<"eq" | "lt" | "gt", OptionSpec<number>>>;

/** `--ttl-eq` (also as `--ttl`), `--ttl-lt` and `--ttl-gt`, or the same for hl. */
export const hopOptions = (name: "ttl" | "hl"): HopOptions => ({
  eq: option(`${name}-eq ${name}`, byte, { negatable: true }),
  lt: option(`${name}-lt`, byte),
  gt: option(`${name}-gt`, byte),
});

export function hopsFromSave(
  name: "ttl" | "hl",
  { eq, lt, gt }: { readonly [K in "eq" | "lt" | "gt"]?: Given<number> },
  context: ReadContext,
): HopCondition {
  refuseTogether(context, name, { [`${name}-eq`]: eq, [`${name}-lt`]: lt, [`${name}-gt`]: gt }, true);
  if (eq) return { operation: eq.negated ? "ne" : "eq", value: eq.value };
  return lt ? { operation: "lt", value: lt.value } : { operation: "gt", value: gt!.value };
}

export function hopsToSave(name: "ttl" | "hl", { operation, value }: HopCondition): string {
  return `${bang(operation === "ne")} --${name}-${operation === "ne" ? "eq" : operation} ${value}`;
}

/** ` TTL match TTL == 64`. */
export const hopsToList = (name: "TTL" | "HL", { operation, value }: HopCondition): string =>
  ` ${name} match ${name} ${LISTED[operation]} ${value}`;

export function hopsFromList(reader: ListReader, pattern: RegExp): HopCondition | undefined {
  const found = reader.take(pattern);
  const operation = OPERATIONS.find((one) => LISTED[one] === found?.[1]);
  return operation && { operation, value: Number(found?.[2]) };
}

/** Kernel: net/netfilter/xt_hl.c, ttl_mt and hl_mt6. */
export function hopsMeaning(condition: HopCondition, text: string): Predicate {
  const { operation, value } = condition;
  const low = operation === "gt" ? value + 1 : operation === "lt" ? 0 : value;
  const high = operation === "gt" ? 255 : operation === "lt" ? value - 1 : value;
  return low > high ? never(text) : inRange("ttl", low, high, { negated: operation === "ne", text });
}
