import { readPacketWords } from "../../net/packet-words.ts";
import { ParseError } from "../../text/problem.ts";
import type { Connection } from "../world/world.ts";

const FROM = /(?:^|\s)from=(\S*)/;

/**
 * A connection in words: a packet's, and where it begins, `tcp -> 10.96.0.50:80 uid=1000 from=sleep`.
 *
 * @throws ParseError with the place
 */
export function readConnection(text: string): Connection {
  const found = FROM.exec(text);
  if (found === null || found[1] === "") {
    const column = found === null ? text.length + 1 : found.index + found[0].length + 1;
    const hint = "a connection is written as: tcp -> 10.96.0.50:80 uid=1000 from=sleep";
    throw new ParseError([
      {
        severity: "error",
        code: "bad-connection",
        message: "connection: expected from= and the place where it begins",
        line: 1,
        column,
        expected: "from=PLACE",
        received: "",
        hint,
      },
    ]);
  }
  // Blanks in its place keep the columns of what is wrong elsewhere.
  const rest = text.slice(0, found.index) + " ".repeat(found[0].length) + text.slice(found.index + found[0].length);
  return { ...readPacketWords(rest), from: found[1]! };
}
