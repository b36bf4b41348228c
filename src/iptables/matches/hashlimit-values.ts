import { UINT32 } from "../../text/number.ts";
import type { ValueType } from "../extension/value.ts";
import { rate } from "./rate.ts";

/** Parts of a second in which the kernel counts. Kernel: XT_HASHLIMIT_SCALE_v2. */
export const SCALE = 1_000_000;
export const DEFAULT_BURST = 5;
const MAX_BURST = 1_000_000;

/** What stands behind `--hashlimit-upto`; `unit`: seconds of the unit of time that was written. */
export type Speed =
  | { readonly kind: "packets"; readonly period: number; readonly unit: number }
  | { readonly kind: "bytes"; readonly cost: number };

const FACTORS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 * 1024 };

/** Source: libxt_hashlimit.c, bytes_to_cost. */
const costOf = (bytes: number): number => Math.floor(UINT32 / (Math.floor(bytes / 16) + 1));

/** Source: libxt_hashlimit.c, cost_to_bytes. */
export const bytesOf = (cost: number): number => (Math.floor(UINT32 / cost) - 1) * 16;

/** `5/sec`, `512kb/s`. */
export const speed: ValueType<Speed> = {
  expected: "a rate of packets as 10/second (or /minute, /hour, /day), or of bytes as 10b/s, 10kb/s, 10mb/s",
  read(word, context) {
    const bytes = /^(\d+)([km]?)b\/s$/.exec(word);
    if (!bytes) {
      const found = rate(SCALE).read(word, context);
      return found && { kind: "packets", ...found };
    }
    const count = Number(bytes[1]) * FACTORS[bytes[2]!]!;
    return count > 0 && count <= UINT32 ? { kind: "bytes", cost: costOf(count) } : undefined;
  },
};

/** A burst of packets, or of bytes as `10kb`; which of the two follows from the rate. */
export const burstType: ValueType<number> = {
  expected: `a number of packets from 1 to ${MAX_BURST}, or of bytes as 10b, 10kb, 10mb`,
  read(word) {
    const found = /^(\d+)([km]?)(b?)$/.exec(word);
    const value = found ? Number(found[1]) * FACTORS[found[2]!]! : 0;
    const most = found?.[2] === "" && found[3] === "" ? MAX_BURST : UINT32;
    return value >= 1 && value <= most ? value : undefined;
  },
};

/** `512k` of a number of bytes, in the largest unit that `fits`. */
function inUnits(bytes: number, fits: (factor: number) => boolean): string {
  const [unit, factor] = (["m", "k"] as const)
    .map((one) => [one, FACTORS[one]!] as const)
    .find(([, size]) => bytes >= size && fits(size)) ?? ["", 1];
  return `${Math.floor(bytes / factor)}${unit}b`;
}

/** `512kb/s`. Source: libxt_hashlimit.c, print_bytes. */
export function byteRateText(cost: number): string {
  const bytes = bytesOf(cost);
  return `${inUnits(bytes, (size) => costOf(bytes - (bytes % size)) === cost)}/s`;
}

/** `2mb`. */
export const byteBurstText = (cost: number, burst: number): string => inUnits(bytesOf(cost) * burst, () => true);

/** What an address or port is called in `--hashlimit-mode`, in the order of print. */
export const MODES = ["srcip", "srcport", "dstip", "dstport"] as const;
export type Mode = (typeof MODES)[number];

/** A list of modes, also separated by `|`. */
export const modeList: ValueType<readonly Mode[]> = {
  expected: `one or more of ${MODES.join(", ")}, separated by commas`,
  read(word) {
    const items = word.split(/[,|]/).filter((item) => item !== "");
    if (!items.every((item) => (MODES as readonly string[]).includes(item))) return undefined;
    return MODES.filter((mode) => items.includes(mode));
  },
};
