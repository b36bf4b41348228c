import { readRuleName } from "./decided.ts";
import type { Expectation } from "./expectation.ts";

const HELP =
  'expected a port, ADDRESS:PORT, "redirected PORT", "unchanged", "delivered [to END] [on DEV]", ' +
  '"sent [to END] [out DEV]", "dropped", "rejected [with TYPE]", "unroutable" or "undetermined", each with "by RULE"';

const bad = (text: string): never => {
  throw new TypeError(`${HELP}; got ${JSON.stringify(text)}`);
};

interface End {
  readonly address?: string;
  readonly port?: number;
}

/** `15001`, `127.0.0.1:15001`, `[::1]:15001`, `10.0.0.1`. */
function readEnd(word: string): End | undefined {
  if (/^\d{1,5}$/.test(word)) return { port: Number(word) };
  const found = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+))(?::(\d{1,5}))?$/i.exec(word);
  if (found === null) return undefined;
  return { address: (found[1] ?? found[2])!, ...(found[3] !== undefined && { port: Number(found[3]) }) };
}

/**
 * Reads what a row of a flow table expects: every expectation of the words must hold.
 *
 * A bare port or address means delivered there. `by nat ISTIO_OUTPUT 9` at the end names the rule that decided.
 *
 * @throws TypeError with everything that is understood
 */
export function readExpectations(given: number | string): readonly Expectation[] {
  const text = String(given);
  const [, plain = "", rule] = /^(.*?)(?:\s*\bby\s+(.+))?$/s.exec(text.trim())!;
  const decided: Expectation[] = rule === undefined ? [] : [{ kind: "decided", by: readRuleName(rule) }];
  const [head = "", ...rest] = plain.split(/\s+/).filter((word) => word !== "");
  if (head === "") return decided.length > 0 ? decided : bad(text);
  const end = readEnd(head);
  if (end !== undefined) return rest.length === 0 ? [{ kind: "delivered", ...end }, ...decided] : bad(text);
  return [...readWords(head, rest, text), ...decided];
}

function readWords(head: string, rest: readonly string[], text: string): readonly Expectation[] {
  const [only] = rest;
  switch (head) {
    case "unchanged":
    case "dropped":
    case "unroutable":
    case "undetermined":
      return only === undefined ? [{ kind: head }] : bad(text);
    case "redirected": {
      const port = Number(rest.filter((word) => word !== "to")[0]);
      return rest.length > 0 && Number.isInteger(port) ? [{ kind: "redirected", port }] : bad(text);
    }
    case "rejected": {
      if (only === undefined) return [{ kind: "rejected" }];
      return only === "with" && rest.length === 2 ? [{ kind: "rejected", with: rest[1]! }] : bad(text);
    }
    case "delivered":
    case "sent":
      return readArrival(head, rest, text);
    default:
      return bad(text);
  }
}

/** `[unchanged] [to END] [on|out DEV]` behind `delivered` or `sent`. */
function readArrival(kind: "delivered" | "sent", rest: readonly string[], text: string): readonly Expectation[] {
  let place: { in?: string; out?: string } & End = {};
  let unchanged = false;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at]!;
    if (word === "unchanged") unchanged = true;
    else if (word === "to") place = { ...place, ...(readEnd(rest[++at] ?? "") ?? bad(text)) };
    else if (word === (kind === "sent" ? "out" : "on"))
      place = { ...place, [kind === "sent" ? "out" : "in"]: rest[++at] ?? bad(text) };
    else bad(text);
  }
  return [{ kind, ...place }, ...(unchanged ? [{ kind: "unchanged" } as const] : [])];
}
