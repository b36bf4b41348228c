import { TCP } from "../../net/protocol.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option, refuseTogether } from "../extension/value.ts";

/**
 * `-j ECN --ecn-tcp-remove`: clears the TCP flags ECE and CWR. iptables also takes `--ecn-tcp-ece`, `--ecn-tcp-cwr` (one
 * flag) and `--ecn-ip-ect` (the low two bits of the TOS byte).
 *
 * `--tcp-flags` does not look at ECE and CWR, so no modelled match sees them change.
 *
 * Kernel: net/ipv4/netfilter/ipt_ECN.c, ecn_tg.
 */
export interface EcnTarget {
  readonly kind: "ECN";
  readonly ece?: number;
  readonly cwr?: number;
  readonly ect?: number;
}

/** Both flags cleared is what `--ecn-tcp-remove` stands for. */
const removes = (target: EcnTarget): boolean => target.ece === 0 && target.cwr === 0;

export const ecn: TargetExtension<EcnTarget> = defineTarget<EcnTarget>()({
  kind: "ECN",
  summary: "changes the bits of explicit congestion notification",
  families: ["ipv4"],
  tables: ["mangle"],
  options: {
    remove: flag("ecn-tcp-remove"),
    ece: option("ecn-tcp-ece", numberFrom(0, 1)),
    cwr: option("ecn-tcp-cwr", numberFrom(0, 1)),
    ect: option("ecn-ip-ect", numberFrom(0, 3)),
  },
  fromSave({ remove, ece, cwr, ect }, context) {
    refuseTogether(context, "ECN", { "ecn-tcp-remove": remove, "ecn-tcp-ece": ece });
    refuseTogether(context, "ECN", { "ecn-tcp-remove": remove, "ecn-tcp-cwr": cwr });
    if (!remove && !ece && !cwr && !ect) context.fail("ECN: expected an operation, --ecn-tcp-remove for one, got none");
    if ((remove ?? ece ?? cwr) && context.protocol !== TCP) context.fail("ECN: TCP operations need -p tcp");
    if (remove) return { kind: "ECN", ece: 0, cwr: 0, ...(ect && { ect: ect.value }) };
    return {
      kind: "ECN",
      ...(ece && { ece: ece.value }),
      ...(cwr && { cwr: cwr.value }),
      ...(ect && { ect: ect.value }),
    };
  },
  toSave(target) {
    const flags = removes(target)
      ? " --ecn-tcp-remove"
      : `${target.ece === undefined ? "" : ` --ecn-tcp-ece ${target.ece}`}${
          target.cwr === undefined ? "" : ` --ecn-tcp-cwr ${target.cwr}`
        }`;
    return `${flags}${target.ect === undefined ? "" : ` --ecn-ip-ect ${target.ect}`}`;
  },
  fromList(reader) {
    const found = reader.take(/ECN(?: TCP (remove))?(?: ECE=(\d))?(?: CWR=(\d))?(?: ECT codepoint=(\d))?(?!\S)/y);
    if (!found || found[0] === "ECN") return undefined;
    const [, remove, ece, cwr, ect] = found;
    const clear = remove && "0";
    return {
      kind: "ECN",
      ...((clear ?? ece) !== undefined && { ece: Number(clear ?? ece) }),
      ...((clear ?? cwr) !== undefined && { cwr: Number(clear ?? cwr) }),
      ...(ect !== undefined && { ect: Number(ect) }),
    };
  },
  toList(target) {
    const flags = removes(target)
      ? " TCP remove"
      : `${target.ece === undefined ? "" : ` ECE=${target.ece}`}${target.cwr === undefined ? "" : ` CWR=${target.cwr}`}`;
    return ` ECN${flags}${target.ect === undefined ? "" : ` ECT codepoint=${target.ect}`}`;
  },
  action: ({ ect }) =>
    goesOn(ect === undefined ? { kind: "rewrite" } : { kind: "set", field: "tos", value: ect, mask: 3 }),
});
