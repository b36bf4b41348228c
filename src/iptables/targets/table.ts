import type { TargetExtension } from "../extension/target.ts";
import { type AuditTarget, audit } from "./audit.ts";
import { type ChecksumTarget, checksum } from "./checksum.ts";
import { type ClassifyTarget, classify } from "./classify.ts";
import { type ConnmarkTarget, connmark } from "./connmark.ts";
import { type ConnsecmarkTarget, connsecmark } from "./connsecmark.ts";
import { type CtTarget, ct } from "./ct.ts";
import { type DnatTarget, dnat } from "./dnat.ts";
import { type DscpTarget, dscp } from "./dscp.ts";
import { type EcnTarget, ecn } from "./ecn.ts";
import { type HlTarget, hl } from "./hl.ts";
import { type LogTarget, log } from "./log.ts";
import { type MarkTarget, mark } from "./mark.ts";
import { type MasqueradeTarget, masquerade } from "./masquerade.ts";
import { type NetmapTarget, netmap } from "./netmap.ts";
import { type NflogTarget, nflog } from "./nflog.ts";
import { type NfqueueTarget, nfqueue } from "./nfqueue.ts";
import { type NotrackTarget, notrack } from "./notrack.ts";
import { type RedirectTarget, redirect } from "./redirect.ts";
import { type RejectTarget, reject } from "./reject.ts";
import { type SecmarkTarget, secmark } from "./secmark.ts";
import { type SetTarget, set } from "./set.ts";
import { type SnatTarget, snat } from "./snat.ts";
import { type SynproxyTarget, synproxy } from "./synproxy.ts";
import { type TcpmssTarget, tcpmss } from "./tcpmss.ts";
import { type TcpoptstripTarget, tcpoptstrip } from "./tcpoptstrip.ts";
import { type TeeTarget, tee } from "./tee.ts";
import { type TosTarget, tos } from "./tos.ts";
import { type TproxyTarget, tproxy } from "./tproxy.ts";
import { type TraceTarget, trace } from "./trace.ts";
import { type TtlTarget, ttl } from "./ttl.ts";

/** Every target extension that is modelled; jumps and the plain verdicts are not extensions. */
export type Target =
  | AuditTarget
  | ChecksumTarget
  | ClassifyTarget
  | ConnmarkTarget
  | ConnsecmarkTarget
  | CtTarget
  | DnatTarget
  | DscpTarget
  | EcnTarget
  | HlTarget
  | LogTarget
  | MarkTarget
  | MasqueradeTarget
  | NetmapTarget
  | NflogTarget
  | NfqueueTarget
  | NotrackTarget
  | RedirectTarget
  | RejectTarget
  | SecmarkTarget
  | SetTarget
  | SnatTarget
  | SynproxyTarget
  | TcpmssTarget
  | TcpoptstripTarget
  | TeeTarget
  | TosTarget
  | TproxyTarget
  | TraceTarget
  | TtlTarget;

type TargetTable = { readonly [K in Target["kind"]]: TargetExtension<Extract<Target, { readonly kind: K }>> };

/** The one place where target extensions are wired: a kind without an entry does not compile. */
export const targets: TargetTable = {
  AUDIT: audit,
  CHECKSUM: checksum,
  CLASSIFY: classify,
  CONNMARK: connmark,
  CONNSECMARK: connsecmark,
  CT: ct,
  DNAT: dnat,
  DSCP: dscp,
  ECN: ecn,
  HL: hl,
  LOG: log,
  MARK: mark,
  MASQUERADE: masquerade,
  NETMAP: netmap,
  NFLOG: nflog,
  NFQUEUE: nfqueue,
  NOTRACK: notrack,
  REDIRECT: redirect,
  REJECT: reject,
  SECMARK: secmark,
  SET: set,
  SNAT: snat,
  SYNPROXY: synproxy,
  TCPMSS: tcpmss,
  TCPOPTSTRIP: tcpoptstrip,
  TEE: tee,
  TOS: tos,
  TPROXY: tproxy,
  TRACE: trace,
  TTL: ttl,
};

const byName: ReadonlyMap<string, TargetExtension<{ readonly kind: string }>> = new Map(Object.entries(targets));

/** The record of a target extension by its name, if it is modelled. */
export const targetExtension = (kind: string): TargetExtension<{ readonly kind: string }> | undefined =>
  byName.get(kind);

/**
 * The extensions that a listing shows under one name in its target column: usually one, `CT` and `NOTRACK` for `CT`, none
 * for a chain or a target that is not modelled. The text behind the matches decides between them: try each `fromList`.
 */
export const targetsListedAs = (column: string): readonly TargetExtension<Target>[] => LISTED.get(column) ?? [];

const LISTED = new Map<string, TargetExtension<Target>[]>();
for (const extension of Object.values(targets) as unknown as readonly TargetExtension<Target>[]) {
  const column = extension.listedAs ?? extension.kind;
  LISTED.set(column, [...(LISTED.get(column) ?? []), extension]);
}
