import { describe, expect, test } from "vitest";
import { explain } from "../../src/explain/explain.ts";
import { refText } from "../../src/predicate/rule-ref.ts";
import { netnsOf, SIDECAR } from "./sidecar.ts";

const APP = "uid=1000 gid=1000";
const ENVOY = "uid=1337 gid=1337";

/** The summary, and the rule that decided. */
const said = (netns: typeof SIDECAR, packet: string): readonly [summary: string, because: string] => {
  const { summary, decision } = explain(netns, packet);
  return [summary, decision.kind === "rule" ? refText(decision.because) : decision.kind];
};

describe("the sidecar's rules", () => {
  test("the application's connection goes to 15001, because of the rule that leads to ISTIO_REDIRECT", () => {
    expect(said(SIDECAR, `tcp 10.244.1.5:40000 -> 10.96.0.10:80 ${APP}`)).toEqual([
      "Delivered to 127.0.0.1:15001 on lo (it was addressed to 10.96.0.10:80), because of nat ISTIO_OUTPUT rule 9 " +
        "`-A ISTIO_OUTPUT -j ISTIO_REDIRECT`, by way of nat OUTPUT rule 1 → ISTIO_OUTPUT rule 9 → ISTIO_REDIRECT rule 1. " +
        "15001 is Envoy's outbound listener (virtualOutbound). SO_ORIGINAL_DST answers 10.96.0.10:80.",
      "nat ISTIO_OUTPUT rule 9",
    ]);
  });

  test("Envoy's connection to the pod's own address goes to 15006, because of ISTIO_OUTPUT rule 2", () => {
    const [summary, because] = said(SIDECAR, `tcp 10.244.1.5:40000 -> 10.244.1.5:80 ${ENVOY}`);
    expect(because).toBe("nat ISTIO_OUTPUT rule 2");
    expect(summary).toContain("Delivered to 127.0.0.1:15006 on lo (it was addressed to 10.244.1.5:80)");
    expect(summary).toContain("15006 is Envoy's inbound listener (virtualInbound).");
  });

  test("what Envoy sends passes by the RETURN that let it", () => {
    expect(said(SIDECAR, `tcp 10.244.1.5:40000 -> 10.96.0.10:80 ${ENVOY}`)).toEqual([
      "Sent out of eth0 to 10.96.0.10:80, untouched by nat, because of nat ISTIO_OUTPUT rule 4 " +
        "`-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN`.",
      "nat ISTIO_OUTPUT rule 4",
    ]);
  });

  test("a packet that no rule wants ends on the policy", () => {
    expect(said(SIDECAR, `udp -> 8.8.8.8:53 ${APP}`)).toEqual([
      "Sent out of eth0 to 8.8.8.8:53, untouched: no rule of nat OUTPUT took it, its policy is ACCEPT.",
      "policy",
    ]);
  });

  test.each([
    [8080, "nat ISTIO_INBOUND rule 5", "15006 is Envoy's inbound listener"],
    [15008, "nat ISTIO_INBOUND rule 1", "15008 is the HBONE tunnel port"],
    [15020, "nat ISTIO_INBOUND rule 4", "15020 is the Istio agent's merged metrics and health port"],
    [15021, "nat ISTIO_INBOUND rule 3", "15021 is the sidecar's health check port"],
    [15090, "nat ISTIO_INBOUND rule 2", "15090 is Envoy's Prometheus metrics port"],
  ])("port %i from outside is decided by %s", (port, rule, meaning) => {
    const [summary, because] = said(SIDECAR, `tcp 10.244.2.9:40000 -> 10.244.1.5:${port} in=eth0`);
    expect(because).toBe(rule);
    expect(summary).toContain(meaning);
  });

  test("a port of Istio's is named only where the packet is delivered to it", () => {
    expect(explain(SIDECAR, `tcp 10.244.1.5:40000 -> 192.0.2.1:15001 ${ENVOY}`).ports).toEqual([]);
  });

  test("without an owner both ends are told, with the conditions that decide between them", () => {
    const { walk, summary, outcomes } = explain(SIDECAR, "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000");
    expect(walk.fate.kind).toBe("undetermined");
    expect(outcomes?.map((one) => one.end).sort()).toEqual([
      "delivered to 127.0.0.1:15001 on lo",
      "sent out of eth0 to 10.96.0.10:80",
    ]);
    expect(summary).toBe(
      "Undetermined: nat ISTIO_OUTPUT 7: --gid-owner 1337 depends on the gid of the sending " +
        "socket, which the input does not say. It is delivered to 127.0.0.1:15001 on lo if `--gid-owner 1337` of nat ISTIO_OUTPUT 7 " +
        "does not hold; or sent out of eth0 to 10.96.0.10:80 if `--gid-owner 1337` of nat ISTIO_OUTPUT 7 holds.",
    );
  });
});

describe("other ends", () => {
  test("a rule that drops, in a chain that chooses", () => {
    const netns = netnsOf(`*filter
:INPUT ACCEPT
:guard - [0:0]
-A INPUT -p tcp -j guard
-A guard -p tcp -m tcp --dport 22 -j DROP
COMMIT`);
    expect(said(netns, "tcp 10.0.0.9:1 -> 10.0.0.2:22 in=eth0")).toEqual([
      "Dropped by filter guard rule 1 in INPUT, because of filter guard rule 1 " +
        "`-A guard -p tcp -m tcp --dport 22 -j DROP`.",
      "filter guard rule 1",
    ]);
  });

  test("a policy that drops", () => {
    expect(said(netnsOf("*filter\n:INPUT DROP\nCOMMIT"), "udp 10.0.0.9:1 -> 10.0.0.2:22 in=eth0")).toEqual([
      "Dropped by the policy DROP of filter INPUT in INPUT.",
      "policy",
    ]);
  });

  test("REJECT says with what", () => {
    const netns = netnsOf(
      "*filter\n:OUTPUT ACCEPT\n-A OUTPUT -d 192.0.2.1/32 -j REJECT --reject-with icmp-host-unreachable\nCOMMIT",
    );
    expect(said(netns, "udp -> 192.0.2.1:9")[0]).toMatch(
      /^Rejected with icmp-host-unreachable by filter OUTPUT rule 1 in OUTPUT/,
    );
  });

  test("the source that MASQUERADE chose, and the rule", () => {
    const netns = netnsOf("*nat\n:POSTROUTING ACCEPT\n-A POSTROUTING -o eth1 -j MASQUERADE\nCOMMIT", {
      interfaces: [
        { name: "eth0", addresses: ["10.0.0.1/24"] },
        { name: "eth1", addresses: ["192.0.2.1/24"] },
      ],
      sysctl: { "net.ipv4.ip_forward": 1 },
    });
    const [summary] = said(netns, "tcp 10.0.0.9:40000 -> 192.0.2.80:80 in=eth0");
    expect(summary).toContain("Forwarded out of eth1 to 192.0.2.80:80");
    expect(summary).toContain(
      "Its source became 192.0.2.1:40000, because of nat POSTROUTING rule 1 `-A POSTROUTING -o eth1 -j MASQUERADE`.",
    );
  });

  test("no table at all", () => {
    expect(said(netnsOf("*nat\nCOMMIT"), "tcp 10.0.0.9:1 -> 10.0.0.2:80 in=eth0")[1]).toBe("none");
  });

  test("TPROXY: the socket, and what the packet is still addressed to", () => {
    const netns = netnsOf(`*mangle
:PREROUTING ACCEPT
:divert - [0:0]
-A PREROUTING -p tcp -j divert
-A divert -p tcp -j TPROXY --on-port 15006 --on-ip 0.0.0.0 --tproxy-mark 0x539/0xffffffff
COMMIT`);
    const { summary, decision } = explain(netns, "tcp 10.0.0.9:1 -> 10.0.0.2:80 in=eth0");
    expect(decision).toMatchObject({ kind: "rule", does: "assign", because: { chain: "PREROUTING", rule: 1 } });
    expect(summary).toContain("Delivered to the socket at 10.0.0.2:15006 (still addressed to 10.0.0.2:80) on eth0");
  });
});

test("the same question gives the same answer, also as JSON", () => {
  const ask = () => explain(SIDECAR, `tcp 10.244.1.5:40000 -> 10.96.0.10:80 ${APP}`, { whyNot: 15006 });
  expect(ask()).toEqual(ask());
  expect(JSON.parse(JSON.stringify(ask())).summary).toBe(ask().summary);
});

test("where every end is open, none is told", () => {
  const netns = netnsOf("*filter\n:OUTPUT ACCEPT\n-A OUTPUT -p tcp -j REDIRCT --to-ports 15001\nCOMMIT");
  const { summary } = explain(netns, "tcp 10.0.0.2:40000 -> 192.0.2.1:80 uid=1000");
  expect(summary).toBe("Undetermined: what -j REDIRCT does is not modelled.");
});
