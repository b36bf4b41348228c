import { describe, expect, test } from "vitest";
import { parse } from "../../src/iptables/dump/parse.ts";
import { caret, ParseError, problemText } from "../../src/text/problem.ts";
import { refusalOf } from "../refusal.ts";

const problem = (column: number, length = 1) =>
  ({ severity: "error", code: "x", message: "no", line: 1, column, length }) as const;

describe("the line that is meant", () => {
  test("tabs stay, so that the caret is below its place", () =>
    expect(caret("\tab\n", problem(2, 2))).toBe("\tab\n\t^^"));

  test("of a long line, what is around the place", () => {
    const [line, below] = caret(`${"a".repeat(500_000)}!${"b".repeat(500_000)}`, problem(500_001)).split("\n");
    expect(line).toMatch(/^… a+!b+ …$/);
    expect(line!.length).toBeLessThan(170);
    expect(below!.indexOf("^")).toBe(line!.indexOf("!"));
  });

  test("control characters do not reach the terminal", () =>
    expect(caret("a\u001b[31mb\u202e", problem(3))).toBe("a.[31mb.\n  ^"));

  test("where only carriage returns end lines", () =>
    expect(caret("one\rtwo", { ...problem(1), line: 2 })).toBe("two\n^"));
});

describe("a message is short, one line, and harmless, whatever it quotes", () => {
  const long = "x".repeat(1_000_000);
  test.each([
    `*nat\n${long}\nCOMMIT\n`,
    `*nat\n-A OUTPUT --${long}\nCOMMIT\n`,
    `*nat\n-A OUTPUT -p tcp --dport ${long}\nCOMMIT\n`,
    `*nat\n-A ${long} -j ACCEPT -j ACCEPT\nCOMMIT\n`,
    `*nat\n:${long} - [0:0]\nCOMMIT\n`,
    `*${long}\n:A - [0:0]\nCOMMIT\n`,
    "*nat\n\u001b[31mred\u0000\nCOMMIT\n",
  ])("%#", (text) => {
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ParseError);
      const { message, diagnostics } = error as ParseError;
      expect(message.length).toBeLessThan(420);
      for (const one of diagnostics) expect(one.message.length).toBeLessThan(420);
      expect(message).not.toMatch(/\p{Cc}/u);
      return;
    }
    expect.unreachable("it was taken");
  });

  test("a bad line shows how it starts and ends", () =>
    expect(refusalOf(() => parse(`*nat\nhello ${long} bye\nCOMMIT\n`))).toMatch(
      /^2:1: expected a chain, a rule or COMMIT, got "hello x+ … x+ bye"$/,
    ));

  test("the text of a problem", () =>
    expect(problemText({ ...problem(1), message: "a\nb\u001b" }, "f")).toBe("f:1:1: a\\u{a}b\\u{1b}"));
});
