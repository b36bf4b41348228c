import type { Family } from "../../net/address.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { numberFrom, option, refuseTogether } from "../extension/value.ts";

/** What TTL (IPv4) and HL (IPv6) do to the time to live. */
export interface HopLimitChange {
  readonly operation: "set" | "increase" | "decrease";
  readonly value: number;
}

/** What TTL and HL differ in: the options begin with `kind` in small letters. */
export interface HopLimitWords<K extends "TTL" | "HL"> {
  readonly kind: K;
  readonly summary: string;
  readonly family: Family;
}

const FLAG = { set: "set", increase: "inc", decrease: "dec" } as const;
const WORDS = { set: "set to", increase: "increment by", decrease: "decrement by" } as const;
const OPERATIONS = ["set", "increase", "decrease"] as const;

/**
 * The extension of either: `--ttl-set`, `--ttl-inc`, `--ttl-dec`, or the same with `hl`, listed as ` TTL set to 64`.
 *
 * The kernel keeps the result between 0 and 255. Source: net/netfilter/xt_HL.c.
 */
export function hopLimitTarget<K extends "TTL" | "HL">({
  kind,
  summary,
  family,
}: HopLimitWords<K>): TargetExtension<HopLimitChange & { readonly kind: K }> {
  const prefix = kind.toLowerCase();
  const listed = new RegExp(`${kind} (set to|increment by|decrement by) (\\d+)`, "y");
  return defineTarget<HopLimitChange & { readonly kind: K }>()({
    kind,
    summary,
    families: [family],
    tables: ["mangle"],
    options: {
      set: option(`${prefix}-set`, numberFrom(0, 255)),
      inc: option(`${prefix}-inc`, numberFrom(1, 255)),
      dec: option(`${prefix}-dec`, numberFrom(1, 255)),
    },
    fromSave({ set, inc, dec }, context) {
      refuseTogether(context, kind, { [`${prefix}-set`]: set, [`${prefix}-inc`]: inc, [`${prefix}-dec`]: dec }, true);
      if (set) return { kind, operation: "set", value: set.value };
      return inc
        ? { kind, operation: "increase", value: inc.value }
        : { kind, operation: "decrease", value: dec!.value };
    },
    toSave: ({ operation, value }) => ` --${prefix}-${FLAG[operation]} ${value}`,
    fromList(reader) {
      const found = reader.take(listed);
      const operation = OPERATIONS.find((one) => WORDS[one] === found?.[1]);
      return operation && { kind, operation, value: Number(found?.[2]) };
    },
    toList: ({ operation, value }) => ` ${kind} ${WORDS[operation]} ${value}`,
    action: ({ operation, value }) =>
      goesOn(
        operation === "set"
          ? { kind: "set", field: "ttl", value, mask: 0xff }
          : { kind: "add", field: "ttl", value: operation === "increase" ? value : -value },
      ),
  });
}
