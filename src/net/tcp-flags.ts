/** TCP flags in the order of their bits, FIN = 1, and in the order in which iptables prints them. */
const TCP_FLAGS = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"] as const;

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;

/** The bits of `SYN,ACK`, `ALL`, `NONE` or an empty text; undefined for a name that is no flag. */
export function readTcpFlags(text: string): number | undefined {
  let bits = 0;
  for (const name of text.split(",")) {
    if (/^(none)?$/i.test(name)) continue;
    if (/^all$/i.test(name)) {
      bits |= 0x3f;
      continue;
    }
    const at = (TCP_FLAGS as readonly string[]).indexOf(name.toUpperCase());
    if (at < 0) return undefined;
    bits |= 1 << at;
  }
  return bits;
}

/** `FIN,SYN`, or `NONE`. */
export const tcpFlagsText = (bits: number): string => TCP_FLAGS.filter((_, at) => bits & (1 << at)).join(",") || "NONE";
