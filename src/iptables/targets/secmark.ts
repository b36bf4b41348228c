import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { anyWord, option } from "../extension/value.ts";

/**
 * `-j SECMARK --selctx CONTEXT`: gives the packet an SELinux security mark. No rule can see it, and the packet goes on; what
 * SELinux makes of it is not netfilter's (U11).
 *
 * Kernel: net/netfilter/xt_SECMARK.c, secmark_tg.
 */
export interface SecmarkTarget {
  readonly kind: "SECMARK";
  readonly context: string;
}

export const secmark: TargetExtension<SecmarkTarget> = defineTarget<SecmarkTarget>()({
  kind: "SECMARK",
  summary: "gives the packet a security mark",
  tables: ["mangle", "security"],
  options: { selctx: option("selctx", anyWord("a security context"), { required: true }) },
  fromSave: ({ selctx }) => ({ kind: "SECMARK", context: selctx!.value }),
  toSave: ({ context }) => ` --selctx ${context}`,
  fromList(reader) {
    const found = reader.take(/SECMARK selctx (\S+)/y);
    return found ? { kind: "SECMARK", context: found[1]! } : undefined;
  },
  toList: ({ context }) => ` SECMARK selctx ${context}`,
  action: () => goesOn({ kind: "rewrite" }),
});
