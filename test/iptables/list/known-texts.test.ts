import { expect, test } from "vitest";
import { newKnownTexts, readRow } from "../../../src/iptables/list/read.ts";
import { BUILT_IN_NAMES } from "../../../src/net/names.ts";
import { rowOf } from "./harness.ts";

const row = (target: string, protocol: string, source: string, text: string): string =>
  `    1    60 ${target.padEnd(10)} ${protocol.padEnd(4)} --  eth0   *       ${source.padEnd(20)} 0.0.0.0/0            ${text}`;

const ROWS = [
  row("ACCEPT", "tcp", "10.0.0.1", "/* a/web:http */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", "/* a/db:sql */ tcp dpt:http"),
  row("ACCEPT", "udp", "10.0.0.1", "/* a/db:sql */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", "/*  */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", "/* a */ /* b */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", "/* b */ /* a */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", '/* say "a" */ tcp dpt:http'),
  row("ACCEPT", "tcp", "10.0.0.1", '/* say "a /* b" */ tcp dpt:http'),
  row("ACCEPT", "tcp", "10.0.0.1", "/* a */ b */ tcp dpt:http"),
  row("ACCEPT", "tcp", "10.0.0.1", "/* a */ what is this"),
  row("ACCEPT", "tcp", "10.0.0.1", "/* b */ what is this"),
  row("ACCEPT", "tcp", "nobody.example", "owner UID match nobody-knows"),
  row("ACCEPT", "tcp", "nobody.example", "owner UID match nobody-knows"),
  row("DNAT", "tcp", "10.0.0.2", "/* a */ tcp to:10.0.0.9:80"),
  row("DNAT", "tcp", "10.0.0.2", "/* to:10.0.0.9:80 */ tcp to:10.0.0.9:80"),
  row("REDIRECT", "!tcp", "!10.0.0.2", "redir ports 15001"),
  row("MINE", "tcp", "anywhere", "[goto] /* a */"),
  row("MINE", "tcp", "anywhere", "[goto] /* b */"),
];

test("a row reads the same below other rows as alone", () => {
  const known = newKnownTexts();
  // Twice, so that every row has its like above it.
  for (const line of [...ROWS, ...ROWS]) {
    const said: string[] = [];
    const rule = readRow(
      line,
      { lineNumbers: false, verbose: true },
      {
        family: "ipv4",
        names: BUILT_IN_NAMES,
        known,
        problem: (code, severity, message, column, length) =>
          said.push(`${severity} ${code} ${message} ${line.slice(column - 1, column - 1 + length)}`),
      },
    );
    const alone = rowOf(line);
    expect(rule, line).toEqual(alone.rule);
    expect(said).toEqual(alone.said.map((one) => `${one.severity} ${one.code} ${one.message} ${one.cited}`));
  }
});

test("equal text is one object, which nobody can change", () => {
  const known = newKnownTexts();
  const context = { family: "ipv4", names: BUILT_IN_NAMES, known, problem() {} } as const;
  const [first, second] = ROWS.slice(0, 2).map(
    (line) => readRow(line, { lineNumbers: false, verbose: true }, context)!,
  );
  expect(second!.matches[1]).toBe(first!.matches[1]);
  expect(second!.source).toBe(first!.source);
  expect(Object.isFrozen(first!.matches[1])).toBe(true);
  expect(second!.matches[0]).toEqual({ kind: "comment", text: "a/db:sql" });
});
