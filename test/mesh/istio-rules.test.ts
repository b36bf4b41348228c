import { describe, expect, test } from "vitest";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioExplanation } from "../../src/mesh/istio/explain.ts";
import { istioRules } from "../../src/mesh/istio/rules.ts";
import { istioFixtures } from "./istio-fixtures.ts";

const texts = (settings: IstioSettings, chain: string) =>
  istioRules(settings)
    .rules.filter((rule) => `${rule.table} ${rule.chain}` === chain)
    .map((rule) => rule.text);

describe("the rules of the fixtures, command for command", () => {
  test.each(istioFixtures)("$name", ({ settings, ipv4, ipv6 }) => {
    const { text } = istioRules(settings);
    expect(text.ipv4).toBe(ipv4);
    expect(text.ipv6).toBe(ipv6);
  });
});

describe("settings", () => {
  test.each<[string, IstioSettings, string, unknown]>([
    ["the group follows the user", { proxyUID: "1500" }, "proxyGID", "1500"],
    ["a user range", { proxyUID: "1500-1600" }, "proxyGID", "1500-1600"],
    ["both have a default", { proxyUID: "", proxyGID: "" }, "proxyGID", "1337"],
    ["the older name of virtual interfaces", { kubeVirtInterfaces: "tap0" }, "rerouteVirtualInterfaces", "tap0"],
    ["Go's spelling of a field", { DNSServersV4: ["10.0.0.1"] } as IstioSettings, "dnsServersV4", ["10.0.0.1"]],
    [
      "a spelling between the two",
      { dNSServersV6: "fd00::1, fd00::2" } as IstioSettings,
      "dnsServersV6",
      ["fd00::1", "fd00::2"],
    ],
    [
      "Go's name of an override",
      { podOverrides: { dnsProxy: "config.PodDNSDisabled" as "unset" } },
      "dnsProxy",
      "disabled",
    ],
    ["overrides in Go's case", { PodOverrides: { IngressMode: true } } as IstioSettings, "ingressMode", true],
    ["an ambient field chooses ambient", { ingressMode: true }, "suite", "cni"],
    ["and does not where the suite is given", { ingressMode: true, suite: "capture" }, "suite", "capture"],
  ])("%s", (_name, settings, name, value) => expect(istioRules(settings).config[name as "suite"]).toEqual(value));

  test.each<[string, IstioSettings, RegExp]>([
    ["a port", { proxyPort: "70000" }, /^proxyPort: expected a port from 0 to 65535, got "70000"$/],
    ["no port", { inboundCapturePort: "" }, /^inboundCapturePort: /],
    ["a list of ports", { inboundPortsInclude: "80,x y" }, /got "x y"$/],
    ["a reversed range", { inboundPortsInclude: "90:80" }, /got "90:80"$/],
    ["a bare address", { outboundIPRangesInclude: "10.0.0.1" }, /with its prefix length.*got "10.0.0.1"$/],
    ["a length with a leading zero", { outboundIPRangesInclude: "10.0.0.0/08" }, /got "10.0.0.0\/08"$/],
    ["a blank before a range", { outboundIPRangesInclude: "10.0.0.0/8, 10.1.0.0/16" }, /got " 10.1.0.0\/16"$/],
    ["a zone in a range", { outboundIPRangesInclude: "fe80::%1/64" }, /got "fe80::%1\/64"$/],
    ["a range that is open at both ends", { inboundPortsInclude: ":" }, /got ":"$/],
    ["a word for a switch", { redirectDNS: "yes" as unknown as boolean }, /^redirectDNS: .*true or false, got "yes"$/],
    ["a length that is too long", { outboundIPRangesExclude: "10.0.0.0/33" }, /got "10.0.0.0\/33"$/],
    ["everything excluded", { outboundIPRangesExclude: "*" }, /^outboundIPRangesExclude: .*got "\*"$/],
    ["a long interface name", { excludeInterfaces: "a123456789012345" }, /15 characters/],
    ["a loopback range that is none", { hostIPv4LoopbackCidr: "10.0.0.0/8" }, /loopback range/],
    ["IPv6 among the IPv4 servers", { dnsServersV4: ["::1"] }, /an IPv4 address/],
    ["too many groups", { ownerGroupsInclude: Array.from({ length: 65 }, (_, gid) => gid).join(",") }, /at most 64/],
    ["a mark", { inboundTProxyMark: "0x539" }, /decimal/],
  ])("refuses %s", (_name, settings, message) => expect(() => istioRules(settings)).toThrow(message));

  test.each<[string, IstioSettings, readonly [string, string][]]>([
    ["nothing", { inboundPortsInclude: "*", inboundPortsExclude: "22" }, []],
    [
      "excluded ports without all",
      { inboundPortsInclude: "80", inboundPortsExclude: "22" },
      [["no-effect", "inboundPortsExclude"]],
    ],
    ["DNS without servers", { redirectDNS: true }, [["dns-servers-unknown", "redirectDNS"]]],
    ["all DNS without DNS", { captureAllDNS: true }, [["no-effect", "captureAllDNS"]]],
    ["a mode in small letters", { inboundInterceptionMode: "tproxy" }, [["unknown-mode", "inboundInterceptionMode"]]],
    ["a misspelt setting", { proxyPrt: "1" } as IstioSettings, [["unknown-setting", "proxyPrt"]]],
    [
      "idle fields of Istio's",
      { dryRun: true, hostFilesystemPodNetwork: true, HostIP: "10.0.0.1" } as IstioSettings,
      [],
    ],
    [
      "a run that writes no rules",
      { cleanupOnly: true, skipRuleApply: false } as IstioSettings,
      [["no-effect", "cleanupOnly"]],
    ],
    [
      "an old release with DNS",
      { release: "1.19", redirectDNS: true, captureAllDNS: true },
      [["release-differs", "release"]],
    ],
  ])("says what is silently ignored: %s", (_name, settings, notes) =>
    expect(istioRules(settings).notes.map((note) => [note.code, note.setting])).toEqual(notes),
  );

  test.each([
    ["an IPv4 address in an IPv6 one", "::127.0.0.53/128", "::7f00:35/128"],
    ["the same, in hexadecimal", "::a:b/112", "::a:b/112"],
    ["a mapped address", "::FFFF:7f00:1/104", "::ffff:127.0.0.1/104"],
    ["zeros and capitals", "2001:DB8:0:0:1:0:0:0/80", "2001:db8:0:0:1::/80"],
    ["one group of zeros", "2001:db8:0:1:2:3:4:5/128", "2001:db8:0:1:2:3:4:5/128"],
    ["host bits", "fd00::9/8", "fd00::9/8"],
    ["nothing", "::/0", "::/0"],
  ])("IPv6 ranges are spelled as Go spells them: %s", (_name, given, written) => {
    const rules = istioRules({ enableIPv6: true, outboundIPRangesInclude: given, outboundIPRangesExclude: given });
    const tails = rules.rules.filter(({ text }) => text.includes(` -d ${written} `)).map(({ text }) => text.slice(-14));
    expect(tails).toEqual([`${written} -j RETURN`.slice(-14), "ISTIO_REDIRECT"]);
  });

  test.each([
    ["127.1.2.3/32", 2],
    ["::1/64", 2],
    ["::ffff:127.0.0.1/128", 2],
    ["10.0.0.0/8", 4],
    ["::2/128", 4],
    ["0.0.0.0/0", 4],
    ["*", 4],
  ])("whether lo is captured too is told by an address of %s", (range, left) => {
    const rules = texts({ outboundIPRangesInclude: range }, "nat ISTIO_OUTPUT").filter((rule) =>
      / owner .* RETURN/.test(rule),
    );
    expect(rules).toHaveLength(left);
  });

  test("addresses of health probes are printed anew", () => {
    const settings: IstioSettings = { suite: "cni", enableIPv6: true, hostProbeV6SNATAddress: "FD16:0:0::7" };
    expect(texts(settings, "nat ISTIO_OUTPUT")).toContain("-A ISTIO_OUTPUT -d fd16::7 -p tcp -m tcp -j ACCEPT");
    const node = texts({ ...settings, kind: "host" }, "nat ISTIO_POSTRT");
    expect(node.at(-1)).toMatch(/ -j SNAT --to-source fd16::7$/);
  });

  test("blanks and open ranges go into the rules as they are", () => {
    const settings: IstioSettings = {
      inboundPortsInclude: "80, 443,:1024,60000:",
      proxyGID: "1, 2",
      excludeInterfaces: "a, b",
    };
    expect(texts(settings, "nat ISTIO_INBOUND").map((rule) => /--dport (.*) -j/.exec(rule)![1])).toEqual([
      "15008",
      "80",
      " 443",
      ":1024",
      "60000:",
    ]);
    expect(texts(settings, "nat PREROUTING")).toContain("-A PREROUTING -i  b -j RETURN");
    expect(texts(settings, "nat ISTIO_OUTPUT")).toContain("-A ISTIO_OUTPUT -m owner --gid-owner  2 -j RETURN");
  });

  test("ports that are excluded have a rule each, by protocol within a port", () =>
    expect(texts({ outboundPortsExclude: "25,,53" }, "nat ISTIO_OUTPUT").slice(0, 5)).toEqual([
      "-A ISTIO_OUTPUT -p tcp --dport 25 -j RETURN",
      "-A ISTIO_OUTPUT -p udp --dport 25 -j RETURN",
      "-A ISTIO_OUTPUT -p tcp --dport 53 -j RETURN",
      "-A ISTIO_OUTPUT -p udp --dport 53 -j RETURN",
      "-A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN",
    ]));

  test("a list of no ports is jumped to and captures none", () => {
    expect(texts({ inboundPortsInclude: "," }, "nat PREROUTING")).toEqual(["-A PREROUTING -p tcp -j ISTIO_INBOUND"]);
    expect(texts({ inboundPortsInclude: "," }, "nat ISTIO_INBOUND")).toHaveLength(1);
  });

  test("DNS with servers of one family only marks the proxy's queries of the other", () => {
    const settings: IstioSettings = { redirectDNS: true, dnsServersV6: ["fd00::53"], enableIPv6: true };
    const { text } = istioRules(settings);
    expect(text.ipv4).not.toContain("-A ISTIO_OUTPUT -j ISTIO_OUTPUT_DNS");
    expect(text.ipv4).toContain("*raw\n-N ISTIO_OUTPUT_DNS\n-A OUTPUT -j ISTIO_OUTPUT_DNS\n");
    expect(text.ipv4).not.toContain("-A PREROUTING -j ISTIO_INBOUND\n");
    expect(text.ipv6).toContain("-A ISTIO_OUTPUT_DNS -p tcp --dport 53 -d fd00::53/128 -j REDIRECT --to-ports 15053\n");
  });

  test("an empty list of groups leaves all of them alone", () =>
    expect(texts({ ownerGroupsInclude: "" }, "nat ISTIO_OUTPUT")[7]).toBe("-A ISTIO_OUTPUT -j RETURN"));

  test("64 groups are one rule", () => {
    const many = Array.from({ length: 64 }, (_, gid) => gid).join(",");
    const rule = texts({ ownerGroupsInclude: many }, "nat ISTIO_OUTPUT")[7]!;
    expect(rule.match(/! --gid-owner/g)).toHaveLength(64);
  });

  test.each([
    ["1.19.0", ["-A OUTPUT -p tcp -j ISTIO_OUTPUT"]],
    ["1.24", ["-A OUTPUT -p tcp -j ISTIO_OUTPUT"]],
    ["1.25", ["-A OUTPUT -j ISTIO_OUTPUT"]],
    ["", ["-A OUTPUT -j ISTIO_OUTPUT"]],
  ])("the jump of release %j", (release, expected) => expect(texts({ release }, "nat OUTPUT")).toEqual(expected));
});

describe("what ambient wrote before", () => {
  test.each([
    ["1.26.2", "-A POSTROUTING -j ISTIO_POSTRT"],
    ["1.27.0", "-I POSTROUTING 1 -j ISTIO_POSTRT"],
    ["", "-I POSTROUTING 1 -j ISTIO_POSTRT"],
  ])("the jump of the node in release %j", (release, expected) =>
    expect(texts({ kind: "host", release }, "nat POSTROUTING")).toEqual([expected]),
  );

  test.each([
    ["1.28.0", true, 0],
    ["1.28.0", false, 1],
    ["1.29.0", true, 1],
    ["", true, 1],
  ])("connection marks in release %j, ingress %j", (release, ingressMode, count) => {
    const settings: IstioSettings = { suite: "cni", release, ingressMode };
    expect(texts(settings, "mangle ISTIO_PRERT")).toHaveLength(count);
    // The chain is jumped to, so it is made, with rules or without: then behind those that have some.
    const made = count === 0 ? "-N ISTIO_OUTPUT\n-N ISTIO_PRERT" : "-N ISTIO_PRERT\n-N ISTIO_OUTPUT";
    expect(istioRules(settings).text.ipv4).toContain(`*mangle\n${made}\n-A PREROUTING -j ISTIO_PRERT\n`);
  });
});

describe("which rules a flag caused", () => {
  const all: IstioSettings = {
    inboundPortsInclude: "*",
    inboundPortsExclude: "22",
    outboundIPRangesInclude: "*",
    rerouteVirtualInterfaces: "tap0",
    enableIPv6: true,
  };
  const result = istioRules(all);
  const caused = (flag: string) =>
    result.flags
      .find((one) => one.flag === flag)
      ?.rules.map((rule) => `${rule.family} ${rule.table} ${rule.chain} ${rule.rule}`);

  test.each([
    ["-p 15001", ["nat ISTIO_REDIRECT 1"]],
    ["-d 22", ["nat ISTIO_INBOUND 2"]],
    ["-b '*'", ["nat PREROUTING 3", "nat ISTIO_INBOUND 3"]],
    ["-u 1337", ["nat ISTIO_OUTPUT 2", "nat ISTIO_OUTPUT 3", "nat ISTIO_OUTPUT 4"]],
    ["-i '*'", ["nat PREROUTING 1", "nat ISTIO_OUTPUT 9"]],
    // What is inserted later stands in front: ISTIO_REDIRECT before RETURN.
    ["-k tap0", ["nat PREROUTING 1", "nat PREROUTING 2"]],
  ])("%s", (flag, places) =>
    expect(caused(flag)).toEqual(["ipv4", "ipv6"].flatMap((family) => places.map((place) => `${family} ${place}`))),
  );

  test("every rule is under a flag or always there, and numbers are whole in every chain", () => {
    const flagged = new Set(result.flags.flatMap((one) => one.rules));
    for (const rule of result.rules) expect(flagged.has(rule) || rule.because.length === 0).toBe(true);
    const next = new Map<string, number>();
    for (const { family, table, chain, rule } of result.rules) {
      const expected = (next.get(`${family} ${table} ${chain}`) ?? 0) + 1;
      expect(rule).toBe(expected);
      next.set(`${family} ${table} ${chain}`, expected);
    }
  });

  test("a setting that changes nothing is listed without rules", () => {
    const { flags } = istioRules({ inboundPortsInclude: "80", inboundPortsExclude: "22" });
    expect(flags.find((one) => one.setting === "inboundPortsExclude")?.rules).toEqual([]);
  });

  test("the explanation names flag, meaning, place and command", () => {
    const text = istioExplanation(istioRules({ inboundPortsInclude: "80", inboundPortsExclude: "22" }));
    expect(text).toContain(
      "-b 80  (inboundPortsInclude: inbound connections to these ports are captured)\n" +
        "    nat PREROUTING 1     -A PREROUTING -p tcp -j ISTIO_INBOUND\n" +
        "    nat ISTIO_INBOUND 2  -A ISTIO_INBOUND -p tcp --dport 80 -j ISTIO_IN_REDIRECT\n",
    );
    expect(text).toContain("are not captured, if all others are)\n    no rule\n");
    expect(text).toMatch(
      /always\n {4}nat ISTIO_OUTPUT 1 +-A ISTIO_OUTPUT -o lo -s 127\.0\.0\.6\/32 -j RETURN|always\n {4}nat OUTPUT 1/,
    );
    expect(text).toMatch(
      /\nwarning: inboundPortsExclude: only counts when inboundPortsInclude is "\*", and that is "80"\n$/,
    );
  });
});

describe("beside the rules", () => {
  test("TPROXY brings marked packets to lo", () =>
    expect(
      istioRules({
        inboundInterceptionMode: "TPROXY",
        inboundPortsInclude: "*",
        enableIPv6: true,
        inboundTProxyMark: "77",
      }).host,
    ).toEqual({
      rules: [
        { fwmark: "77", table: "133", family: "ipv4" },
        { fwmark: "77", table: "133", family: "ipv6" },
      ],
      routes: [
        { type: "local", to: "0.0.0.0/0", dev: "lo", table: "133" },
        { type: "local", to: "::/0", dev: "lo", table: "133" },
      ],
      loopback: ["::6/128"],
    }));

  test("ambient has its own table, REDIRECT needs none", () => {
    expect(istioRules({ suite: "cni" }).host.rules).toEqual([
      { priority: 32764, fwmark: "0x111/0xfff", table: "100", family: "ipv4" },
    ]);
    expect(istioRules({ inboundPortsInclude: "*" }).host).toEqual({ rules: [], routes: [], loopback: [] });
    expect(istioRules({ suite: "cni", kind: "host" }).host.routes).toEqual([]);
  });
});
