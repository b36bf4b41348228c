import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { istioSettings } from "../../src/mesh/istio/flags.ts";
import { istioRules } from "../../src/mesh/istio/rules.ts";
import { argsFromYaml } from "../../src/mesh/istio/yaml.ts";
import { ParseError } from "../../src/text/problem.ts";

const BLOCK = `spec:
  containers:
  - name: web
    args: [proxy, sidecar, --log_output_level=default:info]
  initContainers:
  - args:
    - istio-iptables
    - -p
    - "15001"   # outbound
    - -b
    - '*'
    # nothing else
    - -x
    - ""
    - -d=22
    env:
    - name: ISTIO_OUTBOUND_OWNER_GROUPS
      value: "1000"
    image: registry.example/istio/proxyv2:1.22.3
    name: capture
`;

const words = ["istio-iptables", "-p", "15001", "-b", "*", "-x", "", "-d=22"];

describe("argsFromYaml", () => {
  test("reads a block list, its variables, its places and the release", () => {
    const { args, places, release, diagnostics } = argsFromYaml(BLOCK);
    expect(args).toEqual(["ISTIO_OUTBOUND_OWNER_GROUPS=1000", ...words]);
    expect(places[3]).toEqual({ line: 9, column: 7 });
    expect(release).toBe("1.22.3");
    expect(diagnostics.map((one) => [one.code, one.line])).toEqual([["several-lists", 6]]);
  });

  test.each([
    ["items level with the key", "args:\n- istio-iptables\n- -p\n- '15001'\n- -b\n- '*'\n- -x\n- ''\n- -d=22\n"],
    ["a list without a key", "- istio-iptables\n- -p\n- 15001\n- -b\n- *\n- -x\n- \n- -d=22\n"],
    ["a flow list", `args: ["istio-iptables", -p, '15001', -b, "*", -x, "", -d=22]`],
    ["a flow list over lines", `args: [istio-iptables, -p, "15001",  # ports\n  -b, '*',\n  -x, '', -d=22 ]\nname: x`],
    ["JSON", `{"args": ["istio-iptables","-p","15001","-b","*","-x","","-d=22"]}`.replace("{", "{\n ")],
    [
      "Windows line ends",
      "args:\r\n- istio-iptables\r\n- -p\r\n- 15001\r\n- -b\r\n- '*'\r\n- -x\r\n- ''\r\n- -d=22\r\n",
    ],
  ])("reads %s", (_name, text) => expect(argsFromYaml(text).args).toEqual(words));

  test("takes the arguments where the command stands apart", () =>
    expect(argsFromYaml("command: [istio-iptables]\nargs: [-p, '1']").args).toEqual(["-p", "1"]));

  test("takes variables of its own container only, and only those that the tool reads", () => {
    const pod = [
      "spec:",
      "  containers:",
      "  - name: istio-proxy",
      "    args: [proxy, sidecar]",
      "    env:",
      "    - name: ISTIO_META_DNS_CAPTURE",
      '      value: "true"',
      "  initContainers:",
      "  - name: istio-init",
      "    env:",
      "    - name: POD_NAME",
      "      value: sleep",
      "    - name: DROP_INVALID",
      "      value: 'true'",
      "    args: [istio-iptables, -b, '80']",
      "  - name: later",
      "    env:",
      "    - name: INBOUND_CAPTURE_PORT",
      '      value: "1"',
    ].join("\n");
    expect(argsFromYaml(pod).args).toEqual(["DROP_INVALID=true", "istio-iptables", "-b", "80"]);
    const level = pod.replace("  initContainers:\n", "").replace(/args: \[istio.*/, "args:\n    - -b\n    - '80'");
    expect(argsFromYaml(level).args).toEqual(["DROP_INVALID=true", "-b", "80"]);
  });

  test.each([
    ["nothing to read", "kind: Pod\n", "no-arguments", 1, 1],
    ["a block scalar", "args:\n- -p\n- |\n  x\n", "bad-yaml", 3, 3],
    ["a map in the list", "args:\n- -p\n- name: x\n", "bad-yaml", 3, 3],
    ["an open quote", "args:\n- -p\n- '15001\n", "bad-yaml", 3, 3],
    ["an open bracket", "args: [-p, 15001\n", "bad-yaml", 1, 7],
    ["text behind a quote", 'args:\n- "-p" 1\n', "bad-yaml", 2, 7],
  ])("says where: %s", (_name, text, code, line, column) => {
    const failure = (() => {
      try {
        argsFromYaml(text);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(failure).toBeInstanceOf(ParseError);
    expect((failure as ParseError).diagnostics[0]).toMatchObject({ code, line, column });
  });
});

const DUMP = join(import.meta.dirname, "../../../shared/dumps/12-istio-iptables-args.yaml.txt");

describe.skipIf(!existsSync(DUMP))("the published arguments (skipped where ../shared/dumps is absent)", () => {
  const text = existsSync(DUMP) ? readFileSync(DUMP, "utf8") : "";

  test("write the rules that were published for that release", () => {
    const { args, places, release } = argsFromYaml(text);
    const { settings, diagnostics } = istioSettings(args, places);
    expect(diagnostics.map((one) => [one.code, one.line])).toEqual([["no-effect", 20]]);
    const chains = (name: string) =>
      istioRules({ ...settings, release: release! })
        .rules.filter((rule) => rule.chain === name)
        .map((rule) => rule.text.replace(`-A ${name} `, ""));
    expect(release).toBe("1.19.0");
    expect(chains("OUTPUT")).toEqual(["-p tcp -j ISTIO_OUTPUT"]);
    expect(chains("ISTIO_INBOUND")).toEqual([
      ...[15008, 15090, 15021, 15020].map((port) => `-p tcp --dport ${port} -j RETURN`),
      "-p tcp -j ISTIO_IN_REDIRECT",
    ]);
    expect(chains("ISTIO_OUTPUT")).toHaveLength(9);
    expect(chains("ISTIO_OUTPUT")[8]).toBe("-j ISTIO_REDIRECT");
  });
});
