import { ACK, FIN, RST, SYN } from "../net/tcp-flags.ts";
import type { PreparedRule } from "../netns/prepare.ts";
import type { Frame, Question } from "../predicate/frame.ts";
import type { Run } from "./run.ts";
import { placeOf } from "./target-result.ts";

/** What SYNPROXY takes: a SYN, or an ACK that might bring back a cookie. Whatever else comes goes on (U10). */
export function synproxyTakes({ tcpFlags }: Frame): "SYN" | "ACK" | undefined {
  const flags = tcpFlags & (SYN | ACK | FIN | RST);
  return flags === SYN ? "SYN" : flags === ACK ? "ACK" : undefined;
}

/**
 * Answers a SYN with a cookie (U8), and opens the connection to the server for an ACK that brings it back; any other ACK is
 * dropped (U9). Which it is cannot be told here: the cookie is a hash with a secret.
 *
 * Kernel: net/ipv4/netfilter/ipt_SYNPROXY.c, synproxy_tg4.
 */
export function synproxy(run: Run, rule: PreparedRule): "continue" | "end" {
  const taken = synproxyTakes(run.frame);
  if (taken === undefined) return "continue";
  const place = placeOf(run, rule);
  if (taken === "SYN") run.fate = { kind: "answered", with: "SYN-ACK", ...place };
  else if (run.decide(cookieQuestion(rule), run.frame))
    run.fate = { kind: "answered", with: "SYN to the server", ...place };
  else run.fate = { kind: "dropped", ...place };
  return "end";
}

function cookieQuestion({ table, chain, rule }: PreparedRule): Question {
  const what = "the ACK brings back a cookie of SYNPROXY";
  const at = { table, chain, rule };
  return { kind: "unsaid", subject: "cookie", text: `that ${what}`, why: `nobody said whether ${what}`, at };
}
