import { TCP } from "../../net/protocol.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option } from "../extension/value.ts";

/**
 * `-j TCPMSS --set-mss n` or `--clamp-mss-to-pmtu`: the maximum segment size that a SYN announces; the packet goes on (T4).
 *
 * No modelled match looks at TCP options. Clamping is allowed in FORWARD, OUTPUT and POSTROUTING only, setting anywhere.
 *
 * Kernel: net/netfilter/xt_TCPMSS.c, tcpmss_tg4, tcpmss_tg6.
 */
export interface TcpmssTarget {
  readonly kind: "TCPMSS";
  readonly mss: number | "clamp";
}

export const tcpmss: TargetExtension<TcpmssTarget> = defineTarget<TcpmssTarget>()({
  kind: "TCPMSS",
  summary: "changes the maximum segment size that a SYN announces",
  protocols: [TCP],
  options: { setMss: option("set-mss", numberFrom(0, 65515)), clamp: flag("clamp-mss-to-pmtu") },
  fromSave({ setMss, clamp }, context) {
    if (clamp) return { kind: "TCPMSS", mss: "clamp" };
    return setMss
      ? { kind: "TCPMSS", mss: setMss.value }
      : context.fail("TCPMSS: expected one of --set-mss, --clamp-mss-to-pmtu, got none");
  },
  toSave: ({ mss }) => (mss === "clamp" ? " --clamp-mss-to-pmtu" : ` --set-mss ${mss}`),
  fromList(reader) {
    const found = reader.take(/TCPMSS (?:clamp to PMTU|set (\d+))/y);
    return found ? { kind: "TCPMSS", mss: found[1] === undefined ? "clamp" : Number(found[1]) } : undefined;
  },
  toList: ({ mss }) => ` TCPMSS ${mss === "clamp" ? "clamp to PMTU" : `set ${mss}`}`,
  action: () => goesOn({ kind: "rewrite" }),
});
