/**
 * Why does my request go to Envoy's port 15001 and not to 15006?
 *
 * `explain` walks the packet, names the rule that decided, and, asked about the other port, the rules that stood in the
 * way and the smallest change of the packet that would have gone there.
 */
import { readFileSync } from "node:fs";
import { createNetns, explain, explanationText, parse } from "nfwalk";
import { expect, test } from "vitest";

const { ruleset } = parse(readFileSync(new URL("./dumps/istio-sidecar.txt", import.meta.url), "utf8"));
const pod = createNetns({
  rulesets: [ruleset],
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8"] },
    { name: "eth0", addresses: ["10.244.1.5/24"] },
  ],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
});

test("the application's request: 15001, because of the last rule of ISTIO_OUTPUT", () => {
  const request = explain(pod, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000", { whyNot: 15006 });
  expect(request.decision).toMatchObject({ because: { table: "nat", chain: "ISTIO_OUTPUT", rule: 9 } });
  expect(request.whyNot!.answer).toMatchObject({
    changes: [
      { field: "uid", from: 1000, to: 1337 },
      { field: "dst", from: "10.96.0.10", to: "10.244.1.5" },
    ],
  });
  expect(request.summary).toMatchInlineSnapshot(
    `"Delivered to 127.0.0.1:15001 on lo (it was addressed to 10.96.0.10:80), because of nat ISTIO_OUTPUT rule 9 \`-A ISTIO_OUTPUT -j ISTIO_REDIRECT\`, by way of nat OUTPUT rule 1 → ISTIO_OUTPUT rule 9 → ISTIO_REDIRECT rule 1. 15001 is Envoy's outbound listener (virtualOutbound). SO_ORIGINAL_DST answers 10.96.0.10:80."`,
  );
});

test("Envoy's own request to its pod: 15006, because of rule 2; anybody else would have met the application", () => {
  const request = explain(pod, "tcp 10.244.1.5:40000 -> 10.244.1.5:80 uid=1337 gid=1337", { whyNot: 80 });
  expect(explanationText(request)).toMatchInlineSnapshot(`
    "tcp 10.244.1.5:40000 -> 10.244.1.5:80 uid=1337 gid=1337

    ── from a local socket ──
      route: out lo, source 10.244.1.5

    OUTPUT  tcp 10.244.1.5:40000 -> 10.244.1.5:80, out lo
      conntrack: a new connection, NEW
      nat OUTPUT
        ✓ 1  -p tcp -j ISTIO_OUTPUT   matches, jumps to ISTIO_OUTPUT
          · 1  -s 127.0.0.6/32 -o lo -j RETURN   \`-s 127.0.0.6\`: the source is 10.244.1.5
          ✓ 2  ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT   matches, jumps to ISTIO_IN_REDIRECT
            ✓ 1  -p tcp -j REDIRECT --to-ports 15006   matches, ends nat
      destination 10.244.1.5:80 ⇒ 127.0.0.1:15006
      route: nat OUTPUT changed the destination: routed again, out lo (was lo)

    POSTROUTING  tcp 10.244.1.5:40000 -> 127.0.0.1:15006, out lo
      nat POSTROUTING: no rules, policy ACCEPT

    ── comes in again over lo ──

    PREROUTING  tcp 10.244.1.5:40000 -> 127.0.0.1:15006, in lo
      conntrack: keeps what it has, NEW,DNAT
      nat: not asked, this connection's translation is decided already
      route: for this host

    INPUT  tcp 10.244.1.5:40000 -> 127.0.0.1:15006, in lo
      nat: not asked, this connection's translation is decided already

    Delivered to 127.0.0.1:15006 on lo (it was addressed to 10.244.1.5:80), because of nat ISTIO_OUTPUT rule 2 \`-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT\`, by way of nat OUTPUT rule 1 → ISTIO_OUTPUT rule 2 → ISTIO_IN_REDIRECT rule 1. 15006 is Envoy's inbound listener (virtualInbound). SO_ORIGINAL_DST answers 10.244.1.5:80.

    Why not 80?
      nat ISTIO_OUTPUT rule 2 took it: \`-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT\`
      With uid=1000 in place of 1337 it would be delivered to 10.244.1.5:80 on lo, because of nat ISTIO_OUTPUT rule 3.
    "
  `);
});
