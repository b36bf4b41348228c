import type { MatchExtension } from "../extension/match.ts";
import { type AddrtypeMatch, addrtype } from "./addrtype.ts";
import { type CommentMatch, comment } from "./comment.ts";
import { type ConnmarkMatch, connmark } from "./connmark.ts";
import { type ConntrackMatch, conntrack } from "./conntrack.ts";
import { type IcmpMatch, icmp } from "./icmp.ts";
import { type Icmp6Match, icmp6 } from "./icmp6.ts";
import { type LimitMatch, limit } from "./limit.ts";
import { type MarkMatch, mark } from "./mark.ts";
import { type MultiportMatch, multiport } from "./multiport.ts";
import { type OwnerMatch, owner } from "./owner.ts";
import { type StateMatch, state } from "./state.ts";
import { type StatisticMatch, statistic } from "./statistic.ts";
import { type TcpMatch, tcp } from "./tcp.ts";
import { type UdpMatch, udp } from "./udp.ts";

/** Every match that is modelled. */
export type Match =
  | AddrtypeMatch
  | CommentMatch
  | ConnmarkMatch
  | ConntrackMatch
  | IcmpMatch
  | Icmp6Match
  | LimitMatch
  | MarkMatch
  | MultiportMatch
  | OwnerMatch
  | StateMatch
  | StatisticMatch
  | TcpMatch
  | UdpMatch;

type MatchTable = { readonly [K in Match["kind"]]: MatchExtension<Extract<Match, { readonly kind: K }>> };

/** The one place where match extensions are wired: a kind without an entry does not compile. */
export const matches: MatchTable = {
  addrtype,
  comment,
  connmark,
  conntrack,
  icmp,
  icmp6,
  limit,
  mark,
  multiport,
  owner,
  state,
  statistic,
  tcp,
  udp,
};
