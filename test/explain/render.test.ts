import { expect, test } from "vitest";
import { explain } from "../../src/explain/explain.ts";
import { explanationMarkdown } from "../../src/explain/markdown.ts";
import { explanationText } from "../../src/explain/text.ts";
import { netnsOf } from "./sidecar.ts";

const REDIRECT = netnsOf(`*nat
:PREROUTING ACCEPT
:in - [0:0]
-A PREROUTING -p tcp -j in
-A in -p tcp -m tcp --dport 22 -j RETURN
-A in -p tcp -j REDIRECT --to-ports 15006
COMMIT`);

const asked = explain(REDIRECT, "tcp 10.0.0.9:40000 -> 10.0.0.2:22 in=eth0", { whyNot: 15006 });

test("text", () => {
  expect(explanationText(asked)).toMatchInlineSnapshot(`
    "tcp 10.0.0.9:40000 -> 10.0.0.2:22 in=eth0

    ── arrives on eth0 ──

    PREROUTING  tcp 10.0.0.9:40000 -> 10.0.0.2:22, in eth0
      conntrack: a new connection, NEW
      nat PREROUTING
        ✓ 1  -p tcp -j in   matches, jumps to in
          ✓ 1  -p tcp -m tcp --dport 22 -j RETURN   matches, returns
          back to PREROUTING
        policy ACCEPT
      route: for this host

    INPUT  tcp 10.0.0.9:40000 -> 10.0.0.2:22, in eth0
      no table has rules here

    Delivered to 10.0.0.2:22 on eth0, untouched by nat, because of nat in rule 1 \`-A in -p tcp -m tcp --dport 22 -j RETURN\`.

    Why not 15006, Envoy's inbound listener (virtualInbound)?
      nat in rule 1 took it: \`-A in -p tcp -m tcp --dport 22 -j RETURN\`
      With dport=80 in place of 22 it would be delivered to 10.0.0.2:15006 on eth0, because of nat in rule 2.
    "
  `);
});

test("Markdown", () => {
  expect(explanationMarkdown(asked)).toMatchInlineSnapshot(`
    "## \`tcp 10.0.0.9:40000 -> 10.0.0.2:22 in=eth0\`

    *arrives on eth0*

    ### PREROUTING: \`tcp 10.0.0.9:40000 -> 10.0.0.2:22, in eth0\`

    - conntrack: a new connection, NEW
    - **nat PREROUTING**
      - **1**: \`-p tcp -j in\`: matches, jumps to in
        - **1**: \`-p tcp -m tcp --dport 22 -j RETURN\`: matches, returns
        - back to PREROUTING
      - policy ACCEPT
    - route: for this host

    ### INPUT: \`tcp 10.0.0.9:40000 -> 10.0.0.2:22, in eth0\`

    - no table has rules here

    ### Summary

    Delivered to 10.0.0.2:22 on eth0, untouched by nat, because of nat in rule 1 \`-A in -p tcp -m tcp --dport 22 -j RETURN\`.

    ### Why not 15006, Envoy's inbound listener (virtualInbound)?

    - nat in rule 1 took it: \`-A in -p tcp -m tcp --dport 22 -j RETURN\`

    With dport=80 in place of 22 it would be delivered to 10.0.0.2:15006 on eth0, because of nat in rule 2.
    "
  `);
});

test("colour is only around the text", () => {
  const colored = explanationText(asked, { color: true });
  expect(colored).toContain("\u001b[");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
  expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(explanationText(asked));
});

const LONG = netnsOf(
  `*filter\n:INPUT ACCEPT\n${Array.from({ length: 40 }, (_, at) => `-A INPUT -p tcp -m tcp --dport ${1000 + at} -j DROP\n`).join("")}-A INPUT -j ACCEPT\nCOMMIT`,
);

test("the middle of a long run of rules that do not match is left out, unless all is asked for", () => {
  const explanation = explain(LONG, "tcp 10.0.0.9:40000 -> 10.0.0.2:80 in=eth0");
  const dots = (text: string) => text.split("\n").filter((line) => /^ *· \d+ /.test(line)).length;
  expect(explanationText(explanation)).toContain("\n    … 34 more rules that do not match\n");
  expect(dots(explanationText(explanation))).toBe(6);
  expect(dots(explanationText(explanation, { all: true }))).toBe(40);
  expect(explanationText(explanation, { all: true })).not.toContain("…");
});

test("a comment with backticks does not end its code span", () => {
  const netns = netnsOf('*filter\n:INPUT ACCEPT\n-A INPUT -m comment --comment "a `quoted` one" -j ACCEPT\nCOMMIT');
  const text = explanationMarkdown(explain(netns, "udp 10.0.0.9:1 -> 10.0.0.2:9 in=eth0"));
  expect(text).toContain('  - **1**: ``-m comment --comment "a `quoted` one" -j ACCEPT``: matches, ends filter');
});

test("what is hidden is told by rule, with what leads to each end", () => {
  const netns = netnsOf(`Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination
RETURN     tcp  --  anywhere             anywhere             owner UID match 1000
REDIRECT   tcp  --  anywhere             anywhere             redir ports 15001
`);
  const explanation = explain(netns, "tcp 10.0.0.2:40000 -> 192.0.2.1:80 uid=1000", { whyNot: 15001 });
  expect(explanation.summary).toBe(
    "Undetermined: the dump hides the out-interface of nat OUTPUT 1, 2. It is sent out of " +
      "eth0 to 192.0.2.1:80 if the hidden interfaces of nat OUTPUT 1 fit this packet; or delivered to 127.0.0.1:15001 on " +
      "lo if the hidden interfaces of nat OUTPUT 2 fit this packet and the hidden interfaces of nat OUTPUT 1 do not fit it.",
  );
  expect(explanationText(explanation)).toContain("It may go there: that depends on what is open.");
});
