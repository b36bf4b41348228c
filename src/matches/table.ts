import type { MatchExtension } from "../extension/match.ts";
import { type MarkMatch, mark } from "./mark.ts";

/** Every match that is modelled. */
export type Match = MarkMatch;

type MatchTable = { readonly [K in Match["kind"]]: MatchExtension<Extract<Match, { readonly kind: K }>> };

/** The one place where match extensions are wired: a kind without an entry does not compile. */
export const matches: MatchTable = { mark };
