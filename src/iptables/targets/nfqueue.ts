import { readNumber } from "../../text/number.ts";
import { accepts, defineTarget, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option, type Range, refuseTogether, type ValueType } from "../extension/value.ts";

/**
 * `-j NFQUEUE [--queue-num n | --queue-balance n:m] [--queue-bypass] [--queue-cpu-fanout]`: a program decides; without
 * one that listens the packet is dropped, or with --queue-bypass accepted by this table (T5).
 *
 * Kernel: net/netfilter/xt_NFQUEUE.c, nfqueue_tg_v3.
 */
export interface NfqueueTarget {
  readonly kind: "NFQUEUE";
  /** The first and last queue; equal for `--queue-num`. */
  readonly queues: Range;
  readonly bypass: boolean;
  readonly cpuFanout: boolean;
}

const balance: ValueType<Range> = {
  expected: "two queues from 0 to 65535 as low:high, the second greater",
  read(word) {
    const found = /^(\w*):(\w*)$/.exec(word);
    const low = found && (found[1] === "" ? 0 : readNumber(found[1]!, 65535));
    const high = found && (found[2] === "" ? 65535 : readNumber(found[2]!, 65535));
    return typeof low === "number" && typeof high === "number" && low < high ? { low, high } : undefined;
  },
};

const queueText = ({ low, high }: Range): string => (low === high ? `num ${low}` : `balance ${low}:${high}`);

export const nfqueue: TargetExtension<NfqueueTarget> = defineTarget<NfqueueTarget>()({
  kind: "NFQUEUE",
  summary: "lets a program decide about the packet",
  options: {
    num: option("queue-num", numberFrom(0, 65535)),
    balance: option("queue-balance", balance),
    bypass: flag("queue-bypass"),
    cpuFanout: flag("queue-cpu-fanout"),
  },
  fromSave(values, context) {
    refuseTogether(context, "NFQUEUE", { "queue-num": values.num, "queue-balance": values.balance });
    if (values.cpuFanout && !values.balance) context.fail("NFQUEUE: --queue-cpu-fanout also requires --queue-balance");
    const num = values.num?.value ?? 0;
    return {
      kind: "NFQUEUE",
      queues: values.balance?.value ?? { low: num, high: num },
      bypass: values.bypass !== undefined,
      cpuFanout: values.cpuFanout !== undefined,
    };
  },
  toSave: (target) =>
    ` --queue-${queueText(target.queues)}${target.bypass ? " --queue-bypass" : ""}${
      target.cpuFanout ? " --queue-cpu-fanout" : ""
    }`,
  fromList(reader) {
    const found = reader.take(/NFQUEUE (?:num (\d+)|balance (\d+):(\d+))( bypass)?( cpu-fanout)?/y);
    if (!found) return undefined;
    const queues = { low: Number(found[1] ?? found[2]), high: Number(found[1] ?? found[3]) };
    return { kind: "NFQUEUE", queues, bypass: found[4] !== undefined, cpuFanout: found[5] !== undefined };
  },
  toList: (target) =>
    ` NFQUEUE ${queueText(target.queues)}${target.bypass ? " bypass" : ""}${target.cpuFanout ? " cpu-fanout" : ""}`,
  action: (target) => accepts({ kind: "queue", bypass: target.bypass }),
});
