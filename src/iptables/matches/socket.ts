import { condition, unmodelled } from "../../predicate/predicate.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { flag } from "../extension/value.ts";

/**
 * `-m socket [--transparent] [--nowildcard] [--restore-skmark]`: a local socket waits for this packet (P5).
 *
 * Kernel: net/netfilter/xt_socket.c, socket_match.
 */
export interface SocketMatch {
  readonly kind: "socket";
  /** Only sockets with IP_TRANSPARENT count. */
  readonly transparent: boolean;
  /** Listeners on all addresses count too. */
  readonly nowildcard: boolean;
  /** The packet gets the socket's mark. */
  readonly restoreSkmark: boolean;
}

const words = (match: SocketMatch): string =>
  (match.transparent ? " --transparent" : "") +
  (match.nowildcard ? " --nowildcard" : "") +
  (match.restoreSkmark ? " --restore-skmark" : "");

export const socket: MatchExtension<SocketMatch> = defineMatch<SocketMatch>()({
  kind: "socket",
  summary: "a local socket waits for the packet",
  hooks: ["PREROUTING", "INPUT"],
  options: {
    transparent: flag("transparent"),
    nowildcard: flag("nowildcard"),
    restoreSkmark: flag("restore-skmark"),
  },
  fromSave: ({ transparent, nowildcard, restoreSkmark }) => ({
    kind: "socket",
    transparent: transparent !== undefined,
    nowildcard: nowildcard !== undefined,
    restoreSkmark: restoreSkmark !== undefined,
  }),
  toSave: words,
  fromList(reader) {
    if (!reader.take(/socket(?=\s|$)/y)) return undefined;
    return {
      kind: "socket",
      transparent: reader.take(/--transparent(?=\s|$)/y) !== null,
      nowildcard: reader.take(/--nowildcard(?=\s|$)/y) !== null,
      restoreSkmark: reader.take(/--restore-skmark(?=\s|$)/y) !== null,
    };
  },
  toList: (match) => ` socket${words(match)}`,
  meaning(match) {
    const { transparent, nowildcard: noWildcard } = match;
    const asked = `-m socket${words(match)}`;
    // Sockets here have no mark that could be restored, so what the packet carries afterwards is not known.
    if (match.restoreSkmark) return [condition(asked, unmodelled("socket", words(match), { own: true }))];
    return [condition(asked, { kind: "socket", transparent, noWildcard, negated: false })];
  },
});
