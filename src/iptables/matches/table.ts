import type { MatchExtension } from "../extension/match.ts";
import { type AddrtypeMatch, addrtype } from "./addrtype.ts";
import { type AhMatch, ah } from "./ah.ts";
import { type CommentMatch, comment } from "./comment.ts";
import { type ConnlimitMatch, connlimit } from "./connlimit.ts";
import { type ConnmarkMatch, connmark } from "./connmark.ts";
import { type ConntrackMatch, conntrack } from "./conntrack.ts";
import { type DccpMatch, dccp } from "./dccp.ts";
import { type DscpMatch, dscp } from "./dscp.ts";
import { type EspMatch, esp } from "./esp.ts";
import { type HashlimitMatch, hashlimit } from "./hashlimit.ts";
import { type HelperMatch, helper } from "./helper.ts";
import { type HlMatch, hl } from "./hl.ts";
import { type IcmpMatch, icmp } from "./icmp.ts";
import { type Icmp6Match, icmp6 } from "./icmp6.ts";
import { type IprangeMatch, iprange } from "./iprange.ts";
import { type LengthMatch, length } from "./length.ts";
import { type LimitMatch, limit } from "./limit.ts";
import { type MacMatch, mac } from "./mac.ts";
import { type MarkMatch, mark } from "./mark.ts";
import { type MultiportMatch, multiport } from "./multiport.ts";
import { type OwnerMatch, owner } from "./owner.ts";
import { type PhysdevMatch, physdev } from "./physdev.ts";
import { type PkttypeMatch, pkttype } from "./pkttype.ts";
import { type PolicyMatch, policy } from "./policy.ts";
import { type QuotaMatch, quota } from "./quota.ts";
import { type RealmMatch, realm } from "./realm.ts";
import { type RecentMatch, recent } from "./recent.ts";
import { type RpfilterMatch, rpfilter } from "./rpfilter.ts";
import { type SctpMatch, sctp } from "./sctp.ts";
import { type SetMatch, set } from "./set.ts";
import { type SocketMatch, socket } from "./socket.ts";
import { type StateMatch, state } from "./state.ts";
import { type StatisticMatch, statistic } from "./statistic.ts";
import { type StringMatch, string } from "./string.ts";
import { type TcpMatch, tcp } from "./tcp.ts";
import { type TcpmssMatch, tcpmss } from "./tcpmss.ts";
import { type TimeMatch, time } from "./time.ts";
import { type TosMatch, tos } from "./tos.ts";
import { type TtlMatch, ttl } from "./ttl.ts";
import { type UdpMatch, udp } from "./udp.ts";

/** Every match that is modelled. */
export type Match =
  | AddrtypeMatch
  | AhMatch
  | CommentMatch
  | ConnlimitMatch
  | ConnmarkMatch
  | ConntrackMatch
  | DccpMatch
  | DscpMatch
  | EspMatch
  | HashlimitMatch
  | HelperMatch
  | HlMatch
  | IcmpMatch
  | Icmp6Match
  | IprangeMatch
  | LengthMatch
  | LimitMatch
  | MacMatch
  | MarkMatch
  | MultiportMatch
  | OwnerMatch
  | PhysdevMatch
  | PkttypeMatch
  | PolicyMatch
  | QuotaMatch
  | RealmMatch
  | RecentMatch
  | RpfilterMatch
  | SctpMatch
  | SetMatch
  | SocketMatch
  | StateMatch
  | StatisticMatch
  | StringMatch
  | TcpMatch
  | TcpmssMatch
  | TimeMatch
  | TosMatch
  | TtlMatch
  | UdpMatch;

type MatchTable = { readonly [K in Match["kind"]]: MatchExtension<Extract<Match, { readonly kind: K }>> };

/** The one place where match extensions are wired: a kind without an entry does not compile. */
export const matches: MatchTable = {
  addrtype,
  ah,
  comment,
  connlimit,
  connmark,
  conntrack,
  dccp,
  dscp,
  esp,
  hashlimit,
  helper,
  hl,
  icmp,
  icmp6,
  iprange,
  length,
  limit,
  mac,
  mark,
  multiport,
  owner,
  physdev,
  pkttype,
  policy,
  quota,
  realm,
  recent,
  rpfilter,
  sctp,
  set,
  socket,
  state,
  statistic,
  string,
  tcp,
  tcpmss,
  time,
  tos,
  ttl,
  udp,
};

const byName: ReadonlyMap<string, MatchExtension<{ readonly kind: string }>> = new Map(Object.entries(matches));

/** The record of a match extension by its name, if it is modelled. */
export const matchExtension = (kind: string): MatchExtension<{ readonly kind: string }> | undefined => byName.get(kind);
