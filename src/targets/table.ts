import type { TargetExtension } from "../extension/target.ts";
import { type RedirectTarget, redirect } from "./redirect.ts";

/** Every target extension that is modelled; jumps and the plain verdicts are not extensions. */
export type Target = RedirectTarget;

type TargetTable = { readonly [K in Target["kind"]]: TargetExtension<Extract<Target, { readonly kind: K }>> };

/** The one place where target extensions are wired: a kind without an entry does not compile. */
export const targets: TargetTable = { REDIRECT: redirect };
