import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "../../src/index.ts";
import { run } from "./run.ts";

const FLAGS = ["-p", "15001", "-z", "15006", "-u", "1337", "-m", "REDIRECT", "-i", "*", "-b", "*", "-d", "15090,15021"];
const POD = `spec:
  initContainers:
  - name: istio-init
    image: docker.io/istio/proxyv2:1.19.0
    args: ["istio-iptables", "-p", "15001", "-b", "*", "-i", "*", "-d", "15090,15021"]
`;

test("restore text is what iptables-restore gets", () => {
  const { code, out, err } = run(["istio", ...FLAGS]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^\*nat\n-N ISTIO_INBOUND\n/);
  expect(out).toContain("-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN\n");
  expect(out.endsWith("COMMIT\n")).toBe(true);
});

test("rules are as iptables -S shows them, and can be read back", () => {
  const { out } = run(["istio", ...FLAGS, "--format", "rules"]);
  expect(out).toContain("-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN\n");
  const [nat] = parse(out).ruleset.tables;
  expect(nat!.chains.find(({ name }) => name === "ISTIO_OUTPUT")!.rules).toHaveLength(9);
});

test("JSON has the rules with the flags that caused them", () => {
  for (const form of [["--json"], ["--format=json"]]) {
    const { out } = run(["istio", ...FLAGS, ...form]);
    const data = JSON.parse(out) as { rules: { chain: string; because: string[] }[]; config: object };
    expect(data.rules.find(({ chain }) => chain === "ISTIO_IN_REDIRECT")!.because).toEqual(["inboundCapturePort"]);
    expect(data.config).toMatchObject({ inboundPortsExclude: "15090,15021" });
  }
});

test("--explain goes flag by flag", () => {
  const { out } = run(["istio", ...FLAGS, "--explain"]);
  expect(out).toContain("-d 15090,15021  (inboundPortsExclude:");
  expect(out).toContain("    nat ISTIO_INBOUND 2  -A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN\n");
});

describe("--yaml", () => {
  const files = { "pod.yaml": POD };

  test("takes the flags of an init container", () => {
    expect(run(["istio", "--yaml", "pod.yaml", "--format", "rules"], files).out).toContain("--dport 15090 -j RETURN");
  });

  test("flags beside it win", () => {
    const { out } = run(["istio", "--yaml=pod.yaml", "-d", "9999"], files);
    expect(out).toContain("--dport 9999 -j RETURN");
    expect(out).not.toContain("15090");
  });

  test("reads standard input", () => {
    expect(run(["istio", "--yaml", "-"], {}, { stdin: POD }).code).toBe(0);
  });

  test("says where a value is wrong", () => {
    const { code, err } = run(["istio", "--yaml", "pod.yaml"], { "pod.yaml": POD.replace("15001", "99999") });
    expect(code).toBe(2);
    expect(err).toMatch(/^pod\.yaml:5:30: proxyPort: expected a port from 0 to 65535, got "99999"\n/);
  });
});

test("two families have a heading each, or are asked for alone", () => {
  const both = run(["istio", "-b", "*", "--enable-ipv6"]).out;
  expect(both.match(/^# ipv[46]$/gm)).toEqual(["# ipv4", "# ipv6"]);
  const six = run(["istio", "-b", "*", "--enable-ipv6", "--family", "ipv6"]).out;
  expect(six).toContain("-s ::6/128");
  expect(six).not.toContain("127.0.0.6");
});

test("flags stand together as pflag allows, and the environment stands behind them", () => {
  const { code, out, err } = run([
    "istio",
    "ISTIO_INBOUND_PORTS=*",
    "-nb8080",
    "-p=15011",
    "--proxy-uid=1500",
    "-g",
    "",
  ]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("-A ISTIO_INBOUND -p tcp --dport 8080 -j ISTIO_IN_REDIRECT\n");
  expect(out).toContain("-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15011\n");
  expect(out).toContain("-A ISTIO_OUTPUT -m owner --gid-owner 1500 -j RETURN\n");
});

test("what changes nothing is said", () => {
  const { code, err } = run(["istio", "-d", "80"]);
  expect(code).toBe(0);
  expect(err).toContain('warning: inboundPortsExclude: only counts when inboundPortsInclude is "*"');
});

test.each([
  [["istio"], "nfwalk istio: expected flags or --yaml FILE, got nothing"],
  [["istio", "--yaml"], "--yaml: expected a value"],
  [["istio", "--yaml", "none.yaml"], "none.yaml: no such file"],
  [["istio", "-p"], "istio:1:1: -p: expected a value"],
  [["istio", "-p", "99999"], 'proxyPort: expected a port from 0 to 65535, got "99999"'],
  [["istio", "-b", "80,nosuchservice"], "inboundPortsInclude: iptables refuses what follows from it: --dport"],
  [["istio", "-b", "80", "--format", "yaml"], '--format: expected restore or rules or json, got "yaml"'],
  [["istio", "-b", "80", "--family", "ipv6"], "--family: no ipv6 rules are written"],
])("%j is refused", (argv, message) => {
  const { code, err } = run(argv);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

const SHARED = new URL("../../../shared/dumps/", import.meta.url);

/** The published arguments and the published listing of what they wrote. */
describe.skipIf(!existsSync(SHARED))("the published init container (needs ../shared)", () => {
  const read = (name: string) => readFileSync(new URL(name, SHARED), "utf8");

  test("writes the rules of the published listing", () => {
    const { out } = run(["istio", "--yaml", "args.yaml", "--format", "rules"], {
      "args.yaml": read("12-istio-iptables-args.yaml.txt"),
    });
    const chains = (text: string) =>
      Object.fromEntries(
        parse(text, { table: "nat" }).ruleset.tables[0]!.chains.map(({ name, rules }) => [
          name,
          rules.map(({ target }) => target && ("chain" in target ? target.chain : target.kind)),
        ]),
      );
    expect(chains(out)).toEqual(chains(read("11-istio-1.19.L.txt")));
  });
});
