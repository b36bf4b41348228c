import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";

/** Rules that Istio's own tools wrote, beside the project: `../shared/corpus/istio` (see its README). */
const CORPUS = join(import.meta.dirname, "../../../shared/corpus/istio");
const present = existsSync(CORPUS);

interface Case {
  readonly suite: "capture" | "cni";
  readonly families: readonly ("v4" | "v6")[];
  readonly sets: Record<string, unknown>;
  readonly base?: Record<string, unknown>;
  readonly podOverrides?: Record<string, unknown>;
  readonly kind?: string;
}

/** `ProxyUID` is `proxyUID`, `DNSServersV4` is `dnsServersV4`. */
const camel = (fields: Record<string, unknown> = {}) =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase()),
      value,
    ]),
  );

const { captureBase, cases } = present
  ? (JSON.parse(readFileSync(join(CORPUS, "config.json"), "utf8")) as {
      captureBase: Record<string, unknown>;
      cases: Record<string, Case>;
    })
  : { captureBase: {}, cases: {} };

const files = Object.entries(cases).flatMap(([name, one]) => one.families.map((family) => ({ name, family, one })));

describe.skipIf(!present)("the corpus (skipped where ../shared/corpus/istio is absent)", () => {
  test.each(files)("$name $family, rule for rule", ({ name, family, one }) => {
    const settings = (
      one.suite === "capture"
        ? { ...camel(captureBase), ...camel(one.sets) }
        : {
            suite: one.suite,
            kind: one.kind,
            ...camel(one.base),
            ...camel(one.sets),
            podOverrides: camel(one.podOverrides),
          }
    ) as IstioSettings;
    const { text, notes } = istioIptables(settings);
    const written = text[family === "v4" ? "ipv4" : "ipv6"];
    expect(written?.trim()).toBe(readFileSync(join(CORPUS, `${name}.${family}.rules`), "utf8").trim());
    expect(notes.filter((note) => note.code === "unknown-setting")).toEqual([]);
    if (!one.families.includes("v6")) expect(text.ipv6).toBeNull();
  });

  test("there are files to compare", () => expect(files.length).toBeGreaterThan(15));
});
