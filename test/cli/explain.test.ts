import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SIDECAR_FILE } from "../explain/sidecar.ts";
import { NAT, run } from "./run.ts";

const PACKET = "tcp 10.0.0.2:40000 -> 192.0.2.1:80 uid=1000";
const files = { "nat.txt": NAT };

const LISTING = `Chain OUTPUT (policy ACCEPT)
target     prot opt source               destination
RETURN     tcp  --  anywhere             anywhere             owner UID match 1000
REDIRECT   tcp  --  anywhere             anywhere             redir ports 15001
`;

describe("explain", () => {
  test("the demo of package.json answers 15001, and why not 15006", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const [, packet, not] = /"(tcp .*)" --not (\d+)$/.exec(scripts.demo)!;
    const { code, out } = run(["explain", "d", packet!, "--not", not!], { d: readFileSync(SIDECAR_FILE, "utf8") });
    expect(code).toBe(0);
    expect(out).toContain(
      "Delivered to 127.0.0.1:15001 on lo (it was addressed to 10.96.0.10:80), because of nat ISTIO_OUTPUT rule 9",
    );
    expect(out).toContain(
      "Why not 15006, Envoy's inbound listener (virtualInbound)?\n  nat ISTIO_OUTPUT rule 9 took it",
    );
  });

  test("for people, without colour where there is no terminal", () => {
    const { code, out, err } = run(["explain", "nat.txt", PACKET], files);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("\nDelivered to 127.0.0.1:15001 on lo");
    expect(out).not.toContain("\u001b");
  });

  test.each([
    [[], true, {}, true],
    [[], true, { NO_COLOR: "1" }, false],
    [[], true, { TERM: "dumb" }, false],
    [["--color", "never"], true, {}, false],
    [["--color", "always"], false, { NO_COLOR: "1" }, true],
  ] as const)("colour: %j, terminal %s, %j: %s", (options, isTTY, env, colored) => {
    const { out } = run(["explain", "nat.txt", PACKET, ...options], files, { isTTY, env });
    expect(out.includes("\u001b[")).toBe(colored);
  });

  test("--json is the explanation on one line", () => {
    const { code, out } = run(["explain", "nat.txt", PACKET, "--json", "--not", "15006"], files, { isTTY: true });
    expect(code).toBe(0);
    expect(out.trimEnd()).not.toContain("\n");
    const said = JSON.parse(out);
    expect(said.walk.fate).toMatchObject({ kind: "delivered", dport: 15001 });
    expect(said.whyNot).toMatchObject({ goal: 15006, answer: { changes: [{ field: "in", to: "eth0" }] } });
    expect(said.trace.passes).toHaveLength(2);
  });

  test("--markdown", () => {
    expect(run(["explain", "nat.txt", PACKET, "--markdown"], files).out).toMatch(/^## `tcp 10\.0\.0\.2:40000/);
  });

  test("--expect is answered by the exit code", () => {
    expect(run(["explain", "nat.txt", PACKET, "--expect", "15001"], files).code).toBe(0);
    expect(run(["explain", "nat.txt", PACKET, "--expect", "delivered"], files).code).toBe(0);
    const { code, err } = run(["explain", "nat.txt", PACKET, "--expect", "15006"], files);
    expect([code, err]).toEqual([1, "expected 15006, but the packet is delivered to 127.0.0.1:15001 on lo\n"]);
  });

  test("a packet as JSON", () => {
    const packet = JSON.stringify({ proto: "tcp", dst: "192.0.2.1", dport: 80, uid: 1337 });
    expect(run(["explain", "nat.txt", packet], files).out).toContain("Sent out of eth0 to 192.0.2.1:80");
  });

  test("a dump from standard input", () => {
    expect(run(["explain", "-", PACKET], {}, { stdin: NAT }).out).toContain("Delivered to 127.0.0.1:15001");
  });

  test("tables from several files", () => {
    const filter = "*filter\n:INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 15001 -j DROP\nCOMMIT\n";
    const { out } = run(["explain", "nat.txt", "filter.txt", PACKET], { ...files, "filter.txt": filter });
    expect(out).toContain("Dropped by filter INPUT rule 1 in INPUT");
  });

  test("what a listing hides: undetermined with a hint, settled by --assume", () => {
    const open = run(["explain", "l.txt", PACKET], { "l.txt": LISTING });
    expect(open.code).toBe(0);
    expect(open.out).toContain("Undetermined: the dump hides the out-interface of nat OUTPUT 1, 2.");
    expect(open.err).toContain("l.txt:1:1: warning: ");
    expect(open.err).toContain('hint: --assume "istio" fills');
    const told = run(["explain", "l.txt", PACKET, "--assume", "OUTPUT 1 out=lo", "--expect", "15001"], {
      "l.txt": LISTING,
    });
    expect(told.code).toBe(0);
  });

  test("an owner that was not given is hinted at", () => {
    expect(run(["explain", "nat.txt", "tcp -> 192.0.2.1:80"], files).err).toBe(
      "hint: the packet may say who sends it: uid=1000\n",
    );
  });
});
