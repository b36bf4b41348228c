import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ParseOptions, parseAll } from "../../../src/iptables/dump/parse.ts";
import { rules } from "./load.ts";

const SHARED = new URL("../../../../shared/dumps/", import.meta.url);
const OWNERS = { users: { "istio-proxy": 1337 }, groups: { "istio-proxy": 1337 } };

/** Tables, rules with hidden interfaces and missing chains of each result. */
const outline = (file: string, options?: ParseOptions) =>
  parseAll(readFileSync(new URL(file, SHARED), "utf8"), options).map(({ ruleset }) => {
    const chains = ruleset.tables.flatMap((table) => table.chains);
    const all = chains.flatMap((chain) => chain.rules);
    return {
      tables: ruleset.tables.map((table) => table.name).join(" "),
      rules: all.length,
      hidden: all.filter((rule) => rule.hidden?.length).length,
      missing: chains.filter((chain) => chain.missing).length,
    };
  });

const nat = (count: number, hidden = 0, missing = 0) => ({ tables: "nat", rules: count, hidden, missing });

describe.skipIf(!existsSync(SHARED))("dumps that people published (needs ../shared)", () => {
  test.each<[string, ReturnType<typeof outline>]>([
    ["01-outbound-only.L.txt", [nat(9, 3)]],
    ["02-exclude-outbound-port.Lv.txt", [nat(7, 0, 2)]],
    ["03-istio-1.5.Lv.txt", [nat(17)]],
    ["04-istio-1.7.L.txt", [nat(19, 19)]],
    ["05-istio-1.7-output-chain.Lv.txt", [nat(9, 0, 2)]],
    ["06-dns-capture.S.txt", [{ tables: "raw mangle nat filter", rules: 30, hidden: 0, missing: 0 }]],
    ["07-istio-annotated.Lv.txt", [nat(17)]],
    ["08-commands.sh.txt", [{ tables: "filter", rules: 5, hidden: 0, missing: 0 }]],
    ["09-empty-nat.Lnv.txt", [nat(0)]],
    ["10-istio-first-releases.L.txt", [nat(10, 10)]],
    ["11-istio-1.19.L.txt", [nat(18, 18)]],
    ["page-dns-capture.md", [{ tables: "raw mangle nat filter", rules: 30, hidden: 0, missing: 0 }]],
    ["page-iptables-and-mesh.md", [{ tables: "nat filter", rules: 5, hidden: 0, missing: 0 }, nat(10, 10)]],
    ["page-sidecar-walkthrough.md", [nat(18, 18)]],
    ["page-traffic-notes.md", [nat(9, 3), nat(7, 0, 2), nat(17), nat(19, 10)]],
    ["page-transparent-hijack.md", [nat(17)]],
  ])("%s", (file, expected) => expect(outline(file, { names: OWNERS })).toEqual(expected));

  test.each(["01-outbound-only.L.txt", "04-istio-1.7.L.txt", "10-istio-first-releases.L.txt", "11-istio-1.19.L.txt"])(
    "%s is recognised as Istio's: nothing stays hidden",
    (file) => expect(outline(file, { assume: "istio" })[0]!.hidden).toBe(0),
  );

  test("04 with -o lo filled in is what 05 shows with -v", () => {
    const read = (file: string, options?: ParseOptions) =>
      rules(parseAll(readFileSync(new URL(file, SHARED), "utf8"), options)[0]!.ruleset, "nat").filter((one) =>
        one.startsWith("-A ISTIO_OUTPUT"),
      );
    expect(read("04-istio-1.7.L.txt", { assume: "istio" })).toEqual(read("05-istio-1.7-output-chain.Lv.txt"));
  });
});
