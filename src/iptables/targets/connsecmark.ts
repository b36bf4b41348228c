import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, refuseTogether } from "../extension/value.ts";

/**
 * `-j CONNSECMARK --save|--restore`: copies the security mark of the packet to its connection, or back. No rule can see
 * it: the packet goes on, and conntrack is on (U11).
 *
 * Kernel: net/netfilter/xt_CONNSECMARK.c, connsecmark_tg.
 */
export interface ConnsecmarkTarget {
  readonly kind: "CONNSECMARK";
  readonly mode: "save" | "restore";
}

export const connsecmark: TargetExtension<ConnsecmarkTarget> = defineTarget<ConnsecmarkTarget>()({
  kind: "CONNSECMARK",
  summary: "copies the security mark between packet and connection",
  tables: ["mangle", "security"],
  options: { save: flag("save"), restore: flag("restore") },
  fromSave({ save, restore }, context) {
    refuseTogether(context, "CONNSECMARK", { save, restore }, true);
    return { kind: "CONNSECMARK", mode: save ? "save" : "restore" };
  },
  toSave: ({ mode }) => ` --${mode}`,
  fromList(reader) {
    const found = reader.take(/CONNSECMARK (save|restore)(?!\S)/y);
    return found ? { kind: "CONNSECMARK", mode: found[1] as ConnsecmarkTarget["mode"] } : undefined;
  },
  toList: ({ mode }) => ` CONNSECMARK ${mode}`,
  action: () => goesOn({ kind: "rewrite", entry: true }),
});
