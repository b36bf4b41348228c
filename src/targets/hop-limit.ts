import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { numberFrom, type OptionSpec, option, refuseTogether, type Values } from "../extension/value.ts";
import type { SetNumber } from "../predicate/action.ts";

/** What TTL (IPv4) and HL (IPv6) do to the time to live. */
export interface HopLimitChange {
  readonly operation: "set" | "increase" | "decrease";
  readonly value: number;
}

type HopLimitOptions = {
  readonly set: OptionSpec<number>;
  readonly inc: OptionSpec<number>;
  readonly dec: OptionSpec<number>;
};

/** `--ttl-set`, `--ttl-inc`, `--ttl-dec`, or the same with `hl`. */
export const hopLimitOptions = (prefix: "ttl" | "hl"): HopLimitOptions => ({
  set: option(`${prefix}-set`, numberFrom(0, 255)),
  inc: option(`${prefix}-inc`, numberFrom(1, 255)),
  dec: option(`${prefix}-dec`, numberFrom(1, 255)),
});

export function readHopLimit(
  kind: "TTL" | "HL",
  { set, inc, dec }: Values<HopLimitOptions>,
  context: ReadContext,
): HopLimitChange {
  const prefix = kind.toLowerCase();
  refuseTogether(context, kind, { [`${prefix}-set`]: set, [`${prefix}-inc`]: inc, [`${prefix}-dec`]: dec }, true);
  if (set) return { operation: "set", value: set.value };
  return inc ? { operation: "increase", value: inc.value } : { operation: "decrease", value: dec!.value };
}

const FLAG = { set: "set", increase: "inc", decrease: "dec" } as const;
const WORDS = { set: "set to", increase: "increment by", decrease: "decrement by" } as const;

export const hopLimitSaveText = (kind: "TTL" | "HL", { operation, value }: HopLimitChange): string =>
  ` --${kind.toLowerCase()}-${FLAG[operation]} ${value}`;

export const hopLimitListText = (kind: "TTL" | "HL", { operation, value }: HopLimitChange): string =>
  ` ${kind} ${WORDS[operation]} ${value}`;

export function readHopLimitList(kind: "TTL" | "HL", reader: ListReader): HopLimitChange | undefined {
  const found = reader.take(kind === "TTL" ? TTL_TEXT : HL_TEXT);
  if (!found) return undefined;
  const operation = (Object.keys(WORDS) as (keyof typeof WORDS)[]).find((one) => WORDS[one] === found[1])!;
  return { operation, value: Number(found[2]) };
}

const TTL_TEXT = /TTL (set to|increment by|decrement by) (\d+)/y;
const HL_TEXT = /HL (set to|increment by|decrement by) (\d+)/y;

/** The kernel keeps the result between 0 and 255. Source: net/netfilter/xt_HL.c. */
export const hopLimitAction = ({ operation, value }: HopLimitChange): SetNumber => ({
  kind: "setNumber",
  field: "ttl",
  operation,
  value,
});
