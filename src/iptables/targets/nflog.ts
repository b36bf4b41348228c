import { UINT32 } from "../../text/number.ts";
import { saveString } from "../../text/words.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { numberFrom, option, refuseTogether } from "../extension/value.ts";
import { cutBytes, readSavedString, SAVED_STRING, shortWord } from "./record-values.ts";

/** Longest prefix that iptables-legacy keeps, in bytes. */
const PREFIX_BYTES = 63;

/**
 * `-j NFLOG [--nflog-prefix text] [--nflog-group n] [--nflog-size n] [--nflog-threshold n]`: hands a copy to a logging
 * program; the packet goes on (T4).
 *
 * Kernel: net/netfilter/xt_NFLOG.c, nflog_tg.
 */
export interface NflogTarget {
  readonly kind: "NFLOG";
  readonly prefix: string;
  readonly group: number;
  readonly size?: number;
  /** `--nflog-range`, which never had an effect and which iptables-nft drops. */
  readonly range?: number;
  readonly threshold: number;
}

const sized = numberFrom(0, UINT32);

/** Both forms hold the same words, with and without dashes. Source: libxt_NFLOG.c, nflog_print. */
function text({ prefix, group, size, range, threshold }: NflogTarget, dashes: string): string {
  const parts = [
    prefix === "" ? "" : `prefix ${saveString(prefix)}`,
    group === 0 ? "" : `group ${group}`,
    size === undefined ? "" : `size ${size}`,
    range === undefined ? "" : `range ${range}`,
    threshold === 0 ? "" : `threshold ${threshold}`,
  ];
  return parts.map((part) => part && ` ${dashes}nflog-${part}`).join("");
}

export const nflog: TargetExtension<NflogTarget> = defineTarget<NflogTarget>()({
  kind: "NFLOG",
  summary: "hands a copy of the packet to a logging program",
  options: {
    prefix: option("nflog-prefix", shortWord),
    group: option("nflog-group", numberFrom(0, 65535)),
    size: option("nflog-size", sized),
    range: option("nflog-range", sized),
    threshold: option("nflog-threshold", numberFrom(0, 65535)),
  },
  fromSave({ prefix, group, size, range, threshold }, context) {
    refuseTogether(context, "NFLOG", { "nflog-range": range, "nflog-size": size });
    return {
      kind: "NFLOG",
      prefix: cutBytes("--nflog-prefix", prefix?.value ?? "", PREFIX_BYTES, context),
      group: group?.value ?? 0,
      ...(size && { size: size.value }),
      ...(range && { range: range.value }),
      threshold: threshold?.value ?? 0,
    };
  },
  toSave: (target) => text(target, "--"),
  fromList(reader) {
    const number = (pattern: RegExp): number | undefined => {
      const found = reader.take(pattern);
      return found ? Number(found[1]) : undefined;
    };
    // "nflog-prefix  x" up to 1.8.7
    const prefix = reader.take(/nflog-prefix +/y) ? reader.take(SAVED_STRING) : null;
    const group = number(/nflog-group (\d+)/y) ?? 0;
    const size = number(/nflog-size (\d+)/y);
    const range = number(/nflog-range (\d+)/y);
    return {
      kind: "NFLOG",
      prefix: prefix ? readSavedString(prefix[0]) : "",
      group,
      ...(size !== undefined && { size }),
      ...(range !== undefined && { range }),
      threshold: number(/nflog-threshold (\d+)/y) ?? 0,
    };
  },
  toList: (target) => text(target, ""),
  action: () => goesOn({ kind: "log" }),
});
