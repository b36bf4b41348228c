import type { MatchExtension } from "../extension/match.ts";
import { type AddrtypeMatch, addrtype } from "./addrtype.ts";
import { type CommentMatch, comment } from "./comment.ts";
import { type ConnlimitMatch, connlimit } from "./connlimit.ts";
import { type ConnmarkMatch, connmark } from "./connmark.ts";
import { type ConntrackMatch, conntrack } from "./conntrack.ts";
import { type DscpMatch, dscp } from "./dscp.ts";
import { type HashlimitMatch, hashlimit } from "./hashlimit.ts";
import { type HlMatch, hl } from "./hl.ts";
import { type IcmpMatch, icmp } from "./icmp.ts";
import { type Icmp6Match, icmp6 } from "./icmp6.ts";
import { type IprangeMatch, iprange } from "./iprange.ts";
import { type LengthMatch, length } from "./length.ts";
import { type LimitMatch, limit } from "./limit.ts";
import { type MarkMatch, mark } from "./mark.ts";
import { type MultiportMatch, multiport } from "./multiport.ts";
import { type OwnerMatch, owner } from "./owner.ts";
import { type PkttypeMatch, pkttype } from "./pkttype.ts";
import { type QuotaMatch, quota } from "./quota.ts";
import { type RecentMatch, recent } from "./recent.ts";
import { type SocketMatch, socket } from "./socket.ts";
import { type StateMatch, state } from "./state.ts";
import { type StatisticMatch, statistic } from "./statistic.ts";
import { type TcpMatch, tcp } from "./tcp.ts";
import { type TosMatch, tos } from "./tos.ts";
import { type TtlMatch, ttl } from "./ttl.ts";
import { type UdpMatch, udp } from "./udp.ts";

/** Every match that is modelled. */
export type Match =
  | AddrtypeMatch
  | CommentMatch
  | ConnlimitMatch
  | ConnmarkMatch
  | ConntrackMatch
  | DscpMatch
  | HashlimitMatch
  | HlMatch
  | IcmpMatch
  | Icmp6Match
  | IprangeMatch
  | LengthMatch
  | LimitMatch
  | MarkMatch
  | MultiportMatch
  | OwnerMatch
  | PkttypeMatch
  | QuotaMatch
  | RecentMatch
  | SocketMatch
  | StateMatch
  | StatisticMatch
  | TcpMatch
  | TosMatch
  | TtlMatch
  | UdpMatch;

type MatchTable = { readonly [K in Match["kind"]]: MatchExtension<Extract<Match, { readonly kind: K }>> };

/** The one place where match extensions are wired: a kind without an entry does not compile. */
export const matches: MatchTable = {
  addrtype,
  comment,
  connlimit,
  connmark,
  conntrack,
  dscp,
  hashlimit,
  hl,
  icmp,
  icmp6,
  iprange,
  length,
  limit,
  mark,
  multiport,
  owner,
  pkttype,
  quota,
  recent,
  socket,
  state,
  statistic,
  tcp,
  tos,
  ttl,
  udp,
};
