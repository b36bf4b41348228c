import type { NameTable } from "./names.ts";

/** A name that was asked for in vain, and which part of `names` would have to hold it. */
export interface MissingName {
  readonly name: string;
  readonly where: "users" | "groups" | "hosts" | "services";
}

/** The first name that `read` asks for without an answer; undefined if it asks for none. */
export function missingName(names: NameTable, read: (names: NameTable) => unknown): MissingName | undefined {
  let missed: MissingName | undefined;
  const noting =
    <A extends readonly [string, ...unknown[]], R>(where: MissingName["where"], look: (...asked: A) => R) =>
    (...asked: A): R => {
      const found = look(...asked);
      if (found === undefined || (Array.isArray(found) && found.length === 0)) missed ??= { name: asked[0], where };
      return found;
    };
  read({
    ...names,
    user: noting("users", names.user),
    group: noting("groups", names.group),
    hosts: noting("hosts", names.hosts),
    service: noting("services", names.service),
  });
  return missed;
}
