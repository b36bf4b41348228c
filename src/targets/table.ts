import type { TargetExtension } from "../extension/target.ts";
import { type ConnmarkTarget, connmark } from "./connmark.ts";
import { type CtTarget, ct } from "./ct.ts";
import { type DnatTarget, dnat } from "./dnat.ts";
import { type LogTarget, log } from "./log.ts";
import { type MarkTarget, mark } from "./mark.ts";
import { type MasqueradeTarget, masquerade } from "./masquerade.ts";
import { type NotrackTarget, notrack } from "./notrack.ts";
import { type RedirectTarget, redirect } from "./redirect.ts";
import { type RejectTarget, reject } from "./reject.ts";
import { type SnatTarget, snat } from "./snat.ts";
import { type TproxyTarget, tproxy } from "./tproxy.ts";

/** Every target extension that is modelled; jumps and the plain verdicts are not extensions. */
export type Target =
  | ConnmarkTarget
  | CtTarget
  | DnatTarget
  | LogTarget
  | MarkTarget
  | MasqueradeTarget
  | NotrackTarget
  | RedirectTarget
  | RejectTarget
  | SnatTarget
  | TproxyTarget;

type TargetTable = { readonly [K in Target["kind"]]: TargetExtension<Extract<Target, { readonly kind: K }>> };

/** The one place where target extensions are wired: a kind without an entry does not compile. */
export const targets: TargetTable = {
  CONNMARK: connmark,
  CT: ct,
  DNAT: dnat,
  LOG: log,
  MARK: mark,
  MASQUERADE: masquerade,
  NOTRACK: notrack,
  REDIRECT: redirect,
  REJECT: reject,
  SNAT: snat,
  TPROXY: tproxy,
};

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
