import type { Entry } from "../../conntrack/entry.ts";
import { destinationWords, invert, sameDestination, sourceWords, type Tuple } from "../../conntrack/tuple.ts";
import { addressText } from "../../net/address.ts";
import { isIcmp } from "../../net/protocol.ts";
import { DST_NAT, SRC_NAT } from "../../predicate/frame.ts";
import type { Run } from "../run/run.ts";
import { type Manip, manipOf, withPort } from "./manip.ts";

/**
 * Rewrites the packet as its entry says, for its direction at this hook: every packet of a translated connection (N3).
 *
 * Kernel: nf_nat_packet; for ICMP errors nf_nat_icmp_reply_translation (N21).
 */
export function translate(run: Run, entry: Entry): void {
  const { frame } = run;
  const manip = manipOf(run.hook);
  const flipped: Manip = manip === "source" ? "destination" : "source";
  const bit = (frame.isReply ? flipped : manip) === "source" ? SRC_NAT : DST_NAT;
  if ((entry.status & bit) === 0) return;
  const opposite = frame.isReply ? entry.original : entry.reply;
  const target = invert(opposite);
  const before = run.observer === null ? "" : endText(run, manip);
  if (manip === "source") {
    frame.s0 = target.s0;
    frame.s1 = target.s1;
    frame.s2 = target.s2;
    frame.s3 = target.s3;
    if (frame.sport >= 0) frame.sport = target.sport;
  } else {
    frame.d0 = target.d0;
    frame.d1 = target.d1;
    frame.d2 = target.d2;
    frame.d3 = target.d3;
    if (frame.dport >= 0) frame.dport = target.dport;
  }
  if (run.related && run.quoted !== null) run.quoted = translateQuoted(run.quoted, opposite, flipped);
  else if (frame.icmpId >= 0) frame.icmpId = target.sport;
  if (run.observer !== null) {
    const after = endText(run, manip);
    if (after !== before) run.observer({ kind: "change", field: manip, before, after, by: "nat" });
  }
}

/** The quoted packet went the other way: it takes the opposite tuple's other side. Kernel: nf_nat_icmp_reply_translation. */
function translateQuoted(quoted: Tuple, opposite: Tuple, side: Manip): Tuple {
  const { s0, s1, s2, s3, d0, d1, d2, d3 } = opposite;
  const moved = side === "source" ? { ...quoted, s0, s1, s2, s3 } : { ...quoted, d0, d1, d2, d3 };
  if (quoted.sport < 0) return moved;
  return withPort(moved, side, side === "source" || isIcmp(quoted.proto) ? opposite.sport : opposite.dport);
}

function endText(run: Run, manip: Manip): string {
  const { frame, family } = run;
  const words = manip === "source" ? sourceWords(frame) : destinationWords(frame);
  const port = manip === "source" ? frame.sport : frame.dport;
  const text = addressText(family, words);
  if (port < 0) return frame.icmpId >= 0 ? `${text} id ${frame.icmpId}` : text;
  return family === "ipv6" ? `[${text}]:${port}` : `${text}:${port}`;
}

/** Whether the destination address of the packets of this direction is translated: OUTPUT then routes again (R4). */
export function destinationMoves(entry: Entry, reply: boolean): boolean {
  const [here, there] = reply ? [entry.reply, entry.original] : [entry.original, entry.reply];
  return !sameDestination(here, invert(there));
}
