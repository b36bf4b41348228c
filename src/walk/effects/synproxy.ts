import { ACK, FIN, RST, SYN } from "../../net/tcp-flags.ts";
import type { Frame } from "../../predicate/frame.ts";
import type { Question } from "../../predicate/question.ts";
import { placeOf } from "../run/fates.ts";
import type { PreparedRule } from "../run/prepared.ts";
import type { Run } from "../run/run.ts";

/** What SYNPROXY takes: a SYN, or an ACK that might bring back a cookie. Whatever else comes goes on (U10). */
function synproxyTakes({ tcpFlags }: Frame): "SYN" | "ACK" | undefined {
  const flags = tcpFlags & (SYN | ACK | FIN | RST);
  return flags === SYN ? "SYN" : flags === ACK ? "ACK" : undefined;
}

/**
 * Answers a SYN with a cookie (U8), and opens the connection to the server for an ACK that brings it back; any other ACK is
 * dropped (U9). Which it is cannot be told here: the cookie is a hash with a secret.
 *
 * Kernel: net/ipv4/netfilter/ipt_SYNPROXY.c, synproxy_tg4.
 */
export function synproxy(run: Run, rule: PreparedRule): void {
  const taken = synproxyTakes(run.frame);
  if (taken === undefined) return;
  const place = placeOf(run, rule);
  if (taken === "SYN") run.fate = { kind: "answered", with: "SYN-ACK", ...place };
  else if (run.ask(cookieQuestion(rule), run.frame))
    run.fate = { kind: "answered", with: "SYN to the server", ...place };
  else run.fate = { kind: "dropped", ...place, reason: "the ACK brings back no cookie of SYNPROXY" };
}

const cookieQuestion = ({ rule: { ref } }: PreparedRule): Question => ({
  why: "unsaid",
  fact: { kind: "fact", key: "cookie" },
  subject: "cookie",
  words: "that the ACK brings back a cookie",
  inverse: false,
  at: ref,
  reason: "whether the ACK brings back a cookie of SYNPROXY is not said",
});
