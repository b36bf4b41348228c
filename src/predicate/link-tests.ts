import { interfaceMatches } from "../net/interface-pattern.ts";
import type { Frame, Question } from "./frame.ts";
import type { OnBridge, PortCondition, Transformed } from "./predicate.ts";
import type { Place, Test } from "./test.ts";

/**
 * `-m physdev`. A packet that did not come by a bridge port matches if all options are negated (U2). Of one that did, the
 * port by which it leaves is known in FORWARD and POSTROUTING, and only if the bridge switches it; where it is not known
 * `--physdev-out` fails, negated or not (U5).
 *
 * Kernel: net/netfilter/xt_physdev.c, physdev_mt.
 */
export function onBridge({ conditions, text }: OnBridge, at: Place): Test {
  const { isIn, isOut, isBridged } = conditions;
  const all = Object.values(conditions);
  const why = `${text}: nobody said by which bridge port the packet came (give physIn of the packet, null for none)`;
  const came: Question = { kind: "unsaid", subject: "physIn", same: "physIn", text: "--physdev-is-in", why, at };
  const names = (frame: Frame, side: "physIn" | "physOut", { pattern, negated }: PortCondition): boolean => {
    const port = frame[side];
    if (port !== null) return interfaceMatches(pattern!, port) !== negated;
    const is = `--physdev-${side === "physIn" ? "in" : "out"} ${pattern}`;
    const said =
      side === "physIn" ? why : `${text}: nobody can say by which port the bridge sends on what was translated`;
    const fits = frame.host.decide({ kind: "unsaid", subject: side, same: is, text: is, why: said, at }, frame);
    // A port that was supposed once is no other one for the rules behind.
    if (fits && !pattern!.endsWith("+")) frame[side] = pattern!;
    return fits !== negated;
  };
  return (frame) => {
    const leaves = frame.physOut !== "";
    const unbridged = frame.physIn === "" || (frame.physIn === null && !leaves && !frame.host.decide(came, frame));
    if (unbridged) return all.every(({ negated }) => negated);
    if (isIn?.negated || isOut?.negated === leaves || isBridged?.negated === leaves) return false;
    if (conditions.in && !names(frame, "physIn", conditions.in)) return false;
    return conditions.out === undefined || (leaves && names(frame, "physOut", conditions.out));
  };
}

/**
 * `-m policy`. Without IPsec `--pol none` holds and nothing else does (U1).
 *
 * Kernel: net/netfilter/xt_policy.c, policy_mt.
 */
export function transformed({ direction, detailed, negated, text }: Transformed, at: Place): Test {
  const subject = `xfrm ${direction}`;
  // Also of `--pol none` it is asked whether there is any.
  const asked = `-m policy --dir ${direction} --pol ipsec`;
  const why = `${text}: nobody said whether IPsec protects the packet (give xfrm: "none" where it protects none)`;
  const whether: Question = { kind: "unsaid", subject, same: subject, text: asked, why, at };
  const how: Question = { kind: "unmodelled", subject: "policy", text, at };
  return (frame) => {
    const found = frame.host.transformed(whether, frame);
    return negated ? !found : found && (!detailed || frame.host.decide(how, frame));
  };
}
