/** The same facts on what people really published, and on the pages around it. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { outcomes, type Parsed, type ParseOptions, parse, parseAll } from "../../src/index.ts";
import {
  commands,
  counted,
  dnsCapture,
  emptyNat,
  firstReleases,
  hiddenInterfaces,
  outboundOnly,
  sidecar,
  sparedPort,
} from "./facts.ts";
import { APP, endIn, endOf, inbound, outbound, PEER, podWith } from "./pod.ts";

const DUMPS = new URL("../../../shared/dumps/", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, DUMPS), "utf8");
const NAMES = { users: { "istio-proxy": 1337 }, groups: { "istio-proxy": 1337 } };

const EMPTY = [
  [11, 2250],
  [11, 2250],
  [35, 2838],
  [35, 2838],
] as const;

describe.skipIf(!existsSync(DUMPS))("published dumps (skipped: there is no ../shared/dumps)", () => {
  test("01", () => outboundOnly(text("01-outbound-only.L.txt"), "istio-proxy", 1337));
  test("02", () => sparedPort(text("02-exclude-outbound-port.Lv.txt"), 2181, NAMES));
  test.each(["03-istio-1.5.Lv.txt", "07-istio-annotated.Lv.txt"])("%s", (file) =>
    sidecar(parse(text(file)), 1337, [22, 15090, 15020]),
  );
  test("04", () => hiddenInterfaces(text("04-istio-1.7.L.txt"), 1337, [15008, 22, 15090, 15021, 15020]));
  test("05", () => counted(text("05-istio-1.7-output-chain.Lv.txt"), 6669, 400_000));
  test("06", () => dnsCapture(parse(text("06-dns-capture.S.txt")), 1337));
  test("08", () => commands(text("08-commands.sh.txt")));
  test("09", () => emptyNat(parse(text("09-empty-nat.Lnv.txt")), EMPTY));
  test("10", () => firstReleases(text("10-istio-first-releases.L.txt"), "istio-proxy", 1337, 9080));
  test("11", () => hiddenInterfaces(text("11-istio-1.19.L.txt"), 1337, [15008, 15090, 15021, 15020]));
});

describe.skipIf(!existsSync(DUMPS))("published pages (skipped: there is no ../shared/dumps)", () => {
  const all = (page: string, options: ParseOptions = {}): readonly Parsed[] =>
    parseAll(text(page), { names: NAMES, ...options });

  test("DNS capture", () => {
    const [only, ...more] = all("page-dns-capture.md");
    dnsCapture(only!, 1337);
    expect(more).toEqual([]);
  });

  test("iptables and the mesh: an introduction, an empty table, the first releases", () => {
    const [first, istio] = all("page-iptables-and-mesh.md");
    emptyNat({ ...first!, ruleset: { ...first!.ruleset, tables: first!.ruleset.tables.slice(0, 1) } }, EMPTY);
    // Whether the rules of these pages name an in-interface is hidden: port 9080 may be caught, no other port can be.
    const pod = podWith(istio!.ruleset);
    expect(new Set(outcomes(pod, inbound(9080)).map((one) => endOf(one.walk)))).toEqual(new Set(["15001", "9080"]));
    expect(new Set(outcomes(pod, inbound(80)).map((one) => endOf(one.walk)))).toEqual(new Set(["80"]));
    expect(istio!.ruleset.tables.map((table) => table.name)).toEqual(["nat"]);
  });

  test("the sidecar's walkthrough: hidden interfaces", () => {
    const [only] = all("page-sidecar-walkthrough.md");
    expect(only!.diagnostics.map((one) => one.code)).toContain("hidden-interface");
    expect(endIn(podWith(only!.ruleset), outbound(APP, PEER, 80))).toBe("undetermined");
    sidecar(all("page-sidecar-walkthrough.md", { assume: "istio" })[0]!, 1337, [15008, 15090, 15021, 15020]);
  });

  test("traffic notes: four hosts", () => {
    const [captured, lone, five, seven] = all("page-traffic-notes.md");
    expect(endIn(podWith(captured!.ruleset), inbound(80))).toBe("80");
    expect(lone!.ruleset.tables[0]!.chains.some((chain) => chain.missing)).toBe(true);
    sidecar(five!, 1337, [22, 15090, 15020]);
    expect(seven!.diagnostics.map((one) => one.code)).toContain("hidden-interface");
  });

  test("transparent hijack: the annotated rules", () =>
    sidecar(all("page-transparent-hijack.md")[0]!, 1337, [22, 15090, 15020]));
});
