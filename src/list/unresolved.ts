import type { NameTable } from "../net/names.ts";
import type { ProtocolCondition } from "../ruleset/ruleset.ts";
import { attempts } from "./attempt.ts";
import type { RowContext } from "./context.ts";

/** A name that an extension asked for in vain, and where it would have to be given. */
export interface UnresolvedName {
  readonly name: string;
  readonly where: "users" | "groups" | "hosts" | "services";
}

/**
 * The first name that a match asks for at a place of a text without getting an answer; undefined if none asks. So a
 * text that only lacks `istio-proxy`'s number is told from one that nobody knows.
 */
export function unresolvedName(
  text: string,
  at: number,
  protocol: ProtocolCondition | undefined,
  context: RowContext,
): UnresolvedName | undefined {
  let missed: UnresolvedName | undefined;
  const noting =
    <A extends readonly [string, ...unknown[]], R>(where: UnresolvedName["where"], look: (...asked: A) => R) =>
    (...asked: A): R => {
      const found = look(...asked);
      if (found === undefined || (Array.isArray(found) && found.length === 0)) missed ??= { name: asked[0], where };
      return found;
    };
  const { names } = context;
  const watched: NameTable = {
    ...names,
    user: noting("users", names.user),
    group: noting("groups", names.group),
    hosts: noting("hosts", names.hosts),
    service: noting("services", names.service),
  };
  attempts(text, [], protocol, { ...context, names: watched }).match(at);
  return missed;
}
