import { defineTarget, type TargetExtension } from "../extension/target.ts";
import { type Masked, masked, numberFrom, option, refuseTogether, type ValueType } from "../extension/value.ts";

/** Names of RFC 1349 values; they stand for the value under the mask 0x3f. */
const NAMES: readonly (readonly [string, number])[] = [
  ["Minimize-Delay", 0x10],
  ["Maximize-Throughput", 0x08],
  ["Maximize-Reliability", 0x04],
  ["Minimize-Cost", 0x02],
  ["Normal-Service", 0x00],
];
const NAME_MASK = 0x3f;

/**
 * `-j TOS --set-tos value[/mask]`: tos := (tos & ~mask) ^ value (D11); `--and-tos`, `--or-tos`, `--xor-tos` and names are
 * other spellings.
 *
 * Kernel: net/netfilter/xt_DSCP.c, tos_tg, tos_tg6.
 */
export interface TosTarget {
  readonly kind: "TOS";
  readonly value: number;
  readonly mask: number;
}

const named = (word: string): Masked | undefined => {
  const found = NAMES.find(([name]) => name.toLowerCase() === word.toLowerCase());
  return found && { value: found[1], mask: NAME_MASK };
};

const tosValue: ValueType<Masked> = {
  expected: `an 8-bit value or value/mask, or one of ${NAMES.map(([name]) => name).join(", ")}`,
  read: (word, context) => named(word) ?? masked(8).read(word, context),
};
const bits = numberFrom(0, 0xff, "an 8-bit value");

const byte = (value: number): string => `0x${(value & 0xff).toString(16).padStart(2, "0")}`;

/** What is said of a value without -n. The odd blanks are iptables' own. Source: libxt_TOS.c, tos_tg_print. */
function listText({ value, mask }: Masked): string {
  const name = mask === NAME_MASK ? NAMES.find(([, one]) => one === value)?.[0] : undefined;
  if (name !== undefined) return `  TOS set${name}`;
  if (value === 0) return ` TOS and ${byte(~mask)}`;
  if (value === mask) return ` TOS or ${byte(value)}`;
  return mask === 0 ? ` TOS xor ${byte(value)}` : ` TOS set ${byte(value)}/${byte(mask)}`;
}

/** The other spellings, as value and mask. */
function spelled(operation: "and" | "or" | "xor", value: number): Masked {
  if (operation === "and") return { value: 0, mask: ~value & 0xff };
  return { value, mask: operation === "or" ? value : 0 };
}

export const tos: TargetExtension<TosTarget> = defineTarget<TosTarget>()({
  kind: "TOS",
  summary: "changes the TOS byte (IPv6: traffic class)",
  tables: ["mangle"],
  options: {
    setTos: option("set-tos", tosValue),
    andTos: option("and-tos", bits),
    orTos: option("or-tos", bits),
    xorTos: option("xor-tos", bits),
  },
  fromSave({ setTos, andTos, orTos, xorTos }, context) {
    refuseTogether(context, "TOS", { "set-tos": setTos, "and-tos": andTos, "or-tos": orTos, "xor-tos": xorTos }, true);
    if (andTos) return { kind: "TOS", ...spelled("and", andTos.value) };
    if (orTos) return { kind: "TOS", ...spelled("or", orTos.value) };
    return { kind: "TOS", ...(xorTos ? spelled("xor", xorTos.value) : setTos!.value) };
  },
  toSave: ({ value, mask }) => ` --set-tos ${byte(value)}/${byte(mask)}`,
  fromList(reader, context) {
    const found = reader.take(/TOS (and|or|xor|set) ?(\S+)/y);
    if (!found) return undefined;
    const operation = found[1] as "and" | "or" | "xor" | "set";
    if (operation === "set") {
      const value = tosValue.read(found[2]!, context);
      return value && { kind: "TOS", ...value };
    }
    const value = bits.read(found[2]!, context);
    return value === undefined ? undefined : { kind: "TOS", ...spelled(operation, value) };
  },
  toList: (target, { numeric }) => (numeric ? ` TOS set ${byte(target.value)}/${byte(target.mask)}` : listText(target)),
  action: ({ value, mask }) => ({ kind: "setBits", field: "tos", value, mask }),
});
