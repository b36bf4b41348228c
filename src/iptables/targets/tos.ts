import { hexByte, TOS_NAMED_MASK, tosName } from "../../net/tos.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { tosValue } from "../extension/tos-value.ts";
import { type Masked, numberFrom, option, refuseTogether } from "../extension/value.ts";

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

const bits = numberFrom(0, 0xff, "an 8-bit value");

/** What is said of a value without -n. The odd blanks are iptables' own. Source: libxt_TOS.c, tos_tg_print. */
function listText({ value, mask }: Masked): string {
  const name = mask === TOS_NAMED_MASK ? tosName(value) : undefined;
  if (name !== undefined) return `  TOS set${name}`;
  if (value === 0) return ` TOS and ${hexByte(~mask & 0xff)}`;
  if (value === mask) return ` TOS or ${hexByte(value)}`;
  return mask === 0 ? ` TOS xor ${hexByte(value)}` : ` TOS set ${hexByte(value)}/${hexByte(mask)}`;
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
  toSave: ({ value, mask }) => ` --set-tos ${hexByte(value)}/${hexByte(mask)}`,
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
  toList: (target, { numeric }) =>
    numeric ? ` TOS set ${hexByte(target.value)}/${hexByte(target.mask)}` : listText(target),
  action: ({ value, mask }) => goesOn({ kind: "set", field: "tos", value, mask }),
});
