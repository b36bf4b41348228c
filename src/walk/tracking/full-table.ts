import { tupleText } from "../../conntrack/tuple.ts";
import { ASSURED } from "../../predicate/frame.ts";
import type { Question } from "../../predicate/question.ts";
import type { Run } from "../run/run.ts";

/**
 * Whether the conntrack table has room for one entry more (U6).
 *
 * A full one makes room by forgetting an entry that is not assured, if one stands near where the new one would: that is
 * for a hash to say, whose key cannot be known, so each of them is an open question (U7). Assured ones stay.
 *
 * Kernel: net/netfilter/nf_conntrack_core.c, __nf_conntrack_alloc, early_drop.
 */
export function hasRoom(run: Run): boolean {
  const { conntrackMax } = run.host.sysctl;
  if (conntrackMax === null) return true;
  const alive = [...run.conntrack.entries()].filter(({ expires }) => expires > run.now);
  if (alive.length < conntrackMax) return true;
  for (const entry of alive) {
    if (entry.status & ASSURED) continue;
    const { src, dst } = tupleText(entry.original);
    const { sport, dport, proto } = entry.original;
    const who = `${src} ${sport} -> ${dst} ${dport} (protocol ${proto})`;
    const question: Question = {
      why: "unsaid",
      fact: { kind: "fact", key: `full table: ${who}` },
      subject: "conntrack",
      words: `that the entry of ${who} gives way`,
      inverse: false,
      at: null,
      reason: `the conntrack table is full: whether the entry of ${who} gives way depends on the key of its hash, which cannot be known`,
    };
    if (!run.ask(question, run.frame)) continue;
    run.ownConntrack().remove(entry);
    return true;
  }
  return false;
}
