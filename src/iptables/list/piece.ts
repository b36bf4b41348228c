import type { Match } from "../matches/table.ts";
import type { UnknownMatch, UnknownTarget } from "../ruleset/ruleset.ts";
import type { Target } from "../targets/table.ts";
import type { Taken } from "./attempt.ts";

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A stretch of a row's text and what it is. */
export type Piece =
  | (Stretch & { readonly kind: "match"; readonly value: Match; readonly warnings: Taken<Match>["warnings"] })
  | (Stretch & { readonly kind: "target"; readonly value: Target; readonly warnings: Taken<Target>["warnings"] })
  | (Stretch & { readonly kind: "saved-match"; readonly value: UnknownMatch })
  | (Stretch & { readonly kind: "saved-target"; readonly value: UnknownTarget })
  /** A remark that somebody wrote behind the rule. */
  | (Stretch & { readonly kind: "note" })
  /** Nobody understands it. */
  | (Stretch & { readonly kind: "unknown" });
