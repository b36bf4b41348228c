import { type MissingName, missingName } from "../../net/missing-name.ts";
import { freeTextEnds } from "../../text/free-text.ts";
import { countBelow } from "../../text/sorted.ts";
import { listReader } from "../extension/list-reader.ts";
import type { ProtocolCondition, RuleMatch, RuleTarget } from "../ruleset/ruleset.ts";
import { targetsListedAs } from "../targets/table.ts";
import { attempts } from "./attempt.ts";
import type { Cell } from "./cells.ts";
import { joinComments } from "./comment-end.ts";
import type { RowContext } from "./context.ts";
import type { Piece } from "./piece.ts";
import { firstPlace, segment } from "./segment.ts";

/** What stood behind the destination column. */
export interface RowText {
  readonly matches: readonly RuleMatch[];
  /** Present if one was expected. */
  readonly target?: RuleTarget;
}

/**
 * Reads the matches and, if the target column names an extension, the target's text behind them. What nobody understands
 * is kept as it stands: as an unknown match, or as the text of a target that is not modelled.
 */
export function readRowText(
  cell: Cell,
  target: string | undefined,
  protocol: ProtocolCondition | undefined,
  context: RowContext,
): RowText {
  const { text, glued } = unglue(cell.text);
  const reader = listReader(text);
  const tries = attempts(reader, target === undefined ? [] : targetsListedAs(target), protocol, context);
  const pieces = joinComments(text, segment(text, tries));
  const matches: RuleMatch[] = [];
  let found: RuleTarget | undefined;
  for (const [index, piece] of pieces.entries()) {
    switch (piece.kind) {
      case "match":
      case "target":
        for (const [code, message] of piece.warnings) say(code, "warning", message, piece);
        if (piece.kind === "match") matches.push(piece.value);
        else found = piece.value;
        break;
      case "saved-match":
        say("unknown-match", "warning", unmodelled(`-m ${piece.value.name}`), piece);
        matches.push(piece.value);
        break;
      case "saved-target":
        say("unknown-target", "warning", unmodelled(`-j ${piece.value.name}`), piece);
        found = piece.value;
        break;
      case "note":
        say("note-ignored", "info", `"${shown(piece)}" is taken for a note and not for a part of the rule`, piece);
        break;
      case "unknown": {
        const own = target !== undefined && index === pieces.length - 1 ? ownText(piece, target) : piece.to;
        if (own > piece.from) keepMatch({ ...piece, to: own });
        if (own < piece.to) found = keepTarget({ ...piece, from: own });
      }
    }
  }
  if (target === undefined || found !== undefined) return { matches, ...(found && { target: found }) };
  return {
    matches,
    target: tries.target(text.length)?.value ?? keepTarget({ kind: "unknown", from: text.length, to: text.length }),
  };

  /** Where the text of the target begins in a rest that nobody understands; its end if it holds none. */
  function ownText(piece: Piece, name: string): number {
    if (targetsListedAs(name).length === 0) {
      // Most targets print their name first, so what stands before it is some match's.
      const named = text.lastIndexOf(` ${name} `);
      return Math.max(named, piece.from);
    }
    const takes = (place: number): boolean => (tries.target(place)?.to ?? 0) > place;
    const { from, to } = piece;
    return takes(from) || firstPlace(text, from, freeTextEnds(text), takes) !== undefined ? from : to;
  }

  function keepMatch(piece: Piece): void {
    // So a text that only lacks the number of `istio-proxy` is told from one that nobody knows.
    const missed = missingName(context.names, (names) =>
      attempts(reader, [], protocol, { ...context, names }).match(piece.from),
    );
    if (missed) say("unresolved-name", "warning", unresolved(missed, shown(piece)), piece);
    else say("unknown-match", "warning", unmodelled(`"${shown(piece)}"`), piece);
    matches.push({ kind: "unknown", name: "", list: plain(piece), ...(missed && { unresolved: missed }) });
  }

  function keepTarget(piece: Piece): RuleTarget {
    const what = shown(piece) === "" ? target! : `${target} "${shown(piece)}"`;
    say("unknown-target", "warning", unmodelled(what), piece);
    return { kind: "unknown", name: target!, list: plain(piece) };
  }

  function plain({ from, to }: Piece): string {
    return text.slice(countBelow(glued, from + 1) > countBelow(glued, from) ? from + 1 : from, to);
  }

  function shown({ from, to }: Piece): string {
    return text.slice(from, to).trim();
  }

  function say(code: string, severity: "warning" | "info", message: string, piece: Piece): void {
    const blanks = text.slice(piece.from, piece.to).search(/\S|$/);
    const from = piece.from + blanks - countBelow(glued, piece.from + blanks);
    context.problem(code, severity, message, cell.at + from + 1, Math.max(1, piece.to - piece.from - blanks));
  }
}

const unmodelled = (what: string): string =>
  `${what}: not understood, kept as it stands; a walk that depends on it is undetermined`;

const unresolved = ({ name, where }: MissingName, text: string): string =>
  `"${text}": the name "${name}" is not known here; what depends on it is undetermined (give names.${where})`;

/**
 * Puts a blank before the two texts that iptables prints without one (`tcp dpt:80match bpf …`), and tells where: a blank
 * in `glued` is not in the row.
 */
function unglue(text: string): { readonly text: string; readonly glued: readonly number[] } {
  const glued: number[] = [];
  if (!text.includes("match bpf ") && !text.includes("eui64 ")) return { text, glued };
  const loose = text.replace(/(?<=[^\s"])(?=match bpf |eui64 )/g, (_, at: number) => {
    glued.push(at + glued.length);
    return " ";
  });
  return { text: loose, glued };
}
