import { describe, expect, test } from "vitest";
import { istioSettings } from "../../src/mesh/istio/flags.ts";
import { istioRules } from "../../src/mesh/istio/rules.ts";
import { ParseError } from "../../src/text/problem.ts";

const failure = (args: readonly string[]) => {
  try {
    istioSettings(args);
  } catch (error) {
    if (error instanceof ParseError) return error.diagnostics;
    throw error;
  }
  return [];
};

describe("istioSettings", () => {
  test.each<[string, Record<string, unknown>]>([
    [
      "-p 1 -z 2 -e 3 -u 4 -g 5",
      { proxyPort: "1", inboundCapturePort: "2", inboundTunnelPort: "3", proxyUID: "4", proxyGID: "5" },
    ],
    [
      "-m TPROXY -t 6 -r 7 -b *",
      {
        inboundInterceptionMode: "TPROXY",
        inboundTProxyMark: "6",
        inboundTProxyRouteTable: "7",
        inboundPortsInclude: "*",
      },
    ],
    [
      "-b * -d 22,80 -q 443 -o 25",
      {
        inboundPortsInclude: "*",
        inboundPortsExclude: "22,80",
        outboundPortsInclude: "443",
        outboundPortsExclude: "25",
      },
    ],
    ["-i 10.0.0.0/8 -x 10.1.0.0/16", { outboundIPRangesInclude: "10.0.0.0/8", outboundIPRangesExclude: "10.1.0.0/16" }],
    ["-k tap0,tap1 -c net1", { rerouteVirtualInterfaces: "tap0,tap1", excludeInterfaces: "net1" }],
    [
      "--envoy-port 1 --inbound-capture-port=2 --proxy-uid=3",
      { proxyPort: "1", inboundCapturePort: "2", proxyUID: "3" },
    ],
    ["--istio-inbound-ports=* --istio-local-exclude-ports 22", { inboundPortsInclude: "*", inboundPortsExclude: "22" }],
    ["-p15001 -z=15006", { proxyPort: "15001", inboundCapturePort: "15006" }],
    [
      "--redirect-dns --capture-all-dns=true --drop-invalid=0",
      { redirectDNS: true, captureAllDNS: true, dropInvalid: false },
    ],
    ["--dual-stack", { dualStack: true }],
    [
      "ISTIO_META_DNS_CAPTURE=true CAPTURE_ALL_DNS=1 istio-iptables -p 1",
      { redirectDNS: true, captureAllDNS: true, proxyPort: "1" },
    ],
    [
      "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE=7 INBOUND_CAPTURE_PORT=9",
      { ownerGroupsExclude: "7", inboundCapturePort: "9" },
    ],
    [
      "-b 80 ISTIO_INBOUND_PORTS=* KUBE_VIRT_INTERFACES=tap0",
      { inboundPortsInclude: "80", rerouteVirtualInterfaces: "tap0" },
    ],
    ["-np 1 -fnz2", { proxyPort: "1", inboundCapturePort: "2" }],
    ["-n=true -fb=80", { inboundPortsInclude: "80" }],
    ["--probe-timeout 1m30.5s --iptables-probe-port 15002 --force-iptables-binary iptables-nft", {}],
    ["--skip-rule-apply=false --cleanup-only=F", {}],
    ["--dns-servers-v4 10.0.0.1,10.0.0.2 --redirect-dns", { dnsServersV4: "10.0.0.1,10.0.0.2", redirectDNS: true }],
    ["/usr/local/bin/istio-iptables -n --run-validation --probe-timeout 5s", {}],
    ["-p 1 -p 2", { proxyPort: "2" }],
  ])("%s", (line, settings) => {
    const read = istioSettings(line.split(" "));
    expect(read.settings).toEqual(settings);
    expect(read.diagnostics).toEqual([]);
  });

  test("an empty value is a value", () => {
    expect(istioSettings(["-x", "", "-b="]).settings).toEqual({ outboundIPRangesExclude: "", inboundPortsInclude: "" });
    expect(istioRules(istioSettings(["-u", "1500", "-g", ""]).settings).config.proxyGID).toBe("1500");
  });

  test("a variable stands behind its flag wherever it is written", () => {
    const line = [
      "DROP_INVALID=true",
      "--drop-invalid=false",
      "INVALID_DROP=1",
      "-d",
      "9",
      "ISTIO_LOCAL_EXCLUDE_PORTS=",
    ];
    expect(istioSettings([...line, "-b", "*"]).settings).toEqual({
      dropInvalid: false,
      inboundPortsExclude: "9",
      inboundPortsInclude: "*",
    });
  });

  test("one word with a flag and its value, as people write items of args", () =>
    expect(istioRules(istioSettings(["-p 15011", "-m TPROXY"]).settings)).toMatchObject({
      text: { ipv4: expect.stringContaining("-j REDIRECT --to-ports  15011\n") as string },
      notes: [{ code: "unknown-mode", setting: "inboundInterceptionMode" }],
    }));

  test.each<[string, string, string, number]>([
    ["--log_output_level=default:info", "info", "no-effect", 1],
    ["-p 1 --log_output_level default:info", "info", "no-effect", 6],
    ["-p 1 --what-is-this x", "warning", "unknown-flag", 6],
    ["-p 1 -Q", "warning", "unknown-flag", 6],
    ["-p 1 stray", "warning", "unexpected-word", 6],
    ["--native-nftables", "warning", "no-effect", 1],
    ["-b 80 -d 22", "warning", "no-effect", 7],
    ["HOME=/root", "info", "unknown-variable", 1],
    ["-u 1 ENVOY_PORT=9", "warning", "unread-variable", 6],
    ["ENVOY_USER=envoy", "warning", "unread-variable", 1],
    ["REDIRECT_DNS=yes", "warning", "bad-value", 1],
    ["-p 1 -- -z 2", "warning", "unexpected-word", 6],
    ["--drop-invalid false", "warning", "unexpected-word", 16],
    ["--vklog 9", "info", "no-effect", 1],
    ["-nQ", "warning", "unknown-flag", 1],
  ])("%s gets a diagnostic", (line, severity, code, column) => {
    const { diagnostics } = istioSettings(line.split(" "));
    expect(diagnostics).toEqual([expect.objectContaining({ severity, code, line: 1, column })]);
  });

  test("a flag with a slip is asked about", () => {
    const said = istioSettings(["--inbound-capture-prot", "15006", "-Q", "--no-such-thing"]).diagnostics;
    expect(said.map(({ hint }) => hint)).toEqual(["did you mean --inbound-capture-port?", undefined, undefined]);
  });

  test.each<[string, string, number]>([
    ["-p 1 -z", "missing-value", 6],
    ["-p 1 -z 70000", "bad-value", 6],
    ["-p 1 --redirect-dns=yes", "bad-value", 6],
    ["-x *", "bad-value", 1],
    ["-p 1 -nx=*", "bad-value", 6],
    ["-p 1 --drop-invalid=tRuE", "bad-value", 6],
    ["-n=x", "bad-value", 1],
    ["-fnp", "missing-value", 1],
    ["--probe-timeout 5", "bad-value", 1],
    ["--iptables-probe-port 65536", "bad-value", 1],
    ["--force-iptables-binary nft", "bad-value", 1],
  ])("%s is refused", (line, code, column) =>
    expect(failure(line.split(" "))[0]).toMatchObject({ severity: "error", code, line: 1, column }),
  );

  test("flags and settings give the same rules", () => {
    const { settings } = istioSettings("-b * -d 22 -i * --redirect-dns --dns-servers-v4 10.0.0.1,10.0.0.2".split(" "));
    const { text } = istioRules(settings);
    const same = istioRules({
      inboundPortsInclude: "*",
      inboundPortsExclude: "22",
      outboundIPRangesInclude: "*",
      redirectDNS: true,
      dnsServersV4: ["10.0.0.1", "10.0.0.2"],
    });
    expect(text).toEqual(same.text);
    expect(text.ipv4).toContain("-d 10.0.0.2/32 -j REDIRECT");
  });

  test("a rule's flag can be given back", () => {
    const { flags } = istioRules({ inboundPortsInclude: "*", redirectDNS: true, captureAllDNS: true, proxyUID: "1,2" });
    const args = flags.flatMap((one) => one.flag.replaceAll("'", "").split(" "));
    expect(istioRules(istioSettings(args).settings).text).toEqual(
      istioRules({ inboundPortsInclude: "*", redirectDNS: true, captureAllDNS: true, proxyUID: "1,2" }).text,
    );
  });
});
