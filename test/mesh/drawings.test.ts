import { describe, expect, test } from "vitest";
import { journey, journeyMermaid, journeySvg, journeyText, podPlace, sidecar, type World } from "../../src/index.ts";
import { CURL, STANDARD, twoPods, UPSTREAMS } from "./worlds.ts";

const found = journey(
  twoPods({ istio: STANDARD, proxies: { client: sidecar({ upstreams: UPSTREAMS }), server: sidecar() } }),
  CURL,
);
const looping = journey(
  twoPods({
    istio: STANDARD,
    proxies: { client: sidecar({ upstreams: UPSTREAMS }), server: sidecar({ bind: "10.10.20.9" }) },
  }),
  CURL,
);

describe("text", () => {
  test("tells each hop, what decided it, how it ended and what it cost", () => {
    expect(journeyText(found)).toBe(`1. sleep opens 10.10.20.7 → 10.96.44.5:8000, uid 100 gid 101
   accepted at 127.0.0.1:15001, was 10.96.44.5:8000 [nat ISTIO_OUTPUT 9 → nat ISTIO_REDIRECT 1] by Envoy
2. Envoy in sleep opens 10.10.20.7:50000 → 10.10.20.9:80, uid 1337 (endpoint of 10.96.44.5:8000)
   leaves by eth0 to 10.10.20.9:80 [nat OUTPUT 1 → nat ISTIO_OUTPUT 4]
3. node gets 10.10.20.7:50000 → 10.10.20.9:80
   forwarded by cni0 to 10.10.20.9:80 [nat POSTROUTING 1 → nat KUBE-POSTROUTING 1]
4. httpbin gets 10.10.20.7:50000 → 10.10.20.9:80
   accepted at 10.10.20.9:15006, was 10.10.20.9:80 [nat ISTIO_INBOUND 5 → nat ISTIO_IN_REDIRECT 1] by Envoy
5. Envoy in httpbin opens 127.0.0.6:50001 → 10.10.20.9:80, uid 1337 (inbound)
   accepted at 10.10.20.9:80 [nat OUTPUT 1 → nat ISTIO_OUTPUT 1] by gunicorn

application: gunicorn in httpbin accepts it at port 80
cost: 3 connections, 7 passes through a stack, 2 translations, 5 conntrack entries
`);
  });

  test("marks the rounds of a loop", () => {
    const lines = journeyText(looping).split("\n");
    expect(lines.filter((line) => line.includes("↻"))).toEqual([
      "5. ↻ Envoy in httpbin opens 10.10.20.9:50001 → 10.10.20.9:80, uid 1337 (inbound)",
    ]);
    expect(lines.at(-3)).toBe(
      "loop: Envoy opens the same connection again (to 10.10.20.9:80), caught by nat ISTIO_OUTPUT 2 → nat ISTIO_IN_REDIRECT 1",
    );
  });
});

describe("Mermaid", () => {
  const lines = journeyMermaid(found).split("\n");

  test("has a participant for each actor on the way and an arrow for each packet between them", () => {
    expect(lines.slice(0, 7)).toEqual([
      "sequenceDiagram",
      "  autonumber",
      "  participant L0 as application (sleep)",
      "  participant L1 as Envoy (sleep)",
      "  participant L2 as node",
      "  participant L3 as Envoy (httpbin)",
      "  participant L4 as gunicorn (httpbin)",
    ]);
    expect(lines.filter((line) => line.includes("->>")).map((line) => line.trim().split(":")[0])).toEqual([
      "L0->>L1",
      "L1->>L2",
      "L2->>L3",
      "L3->>L4",
    ]);
  });

  test("puts a loop into a block that is closed", () => {
    const drawn = journeyMermaid(looping).split("\n");
    const from = drawn.indexOf("  loop for ever");
    expect(drawn[from + 1]).toBe("    L3->>L3: 10.10.20.9:50001 → 10.10.20.9:80, uid 1337");
    expect(drawn.slice(from).filter((line) => line === "  end")).toHaveLength(1);
  });

  test("takes no character of a name for its own", () => {
    const world: World = { places: [podPlace({ name: 'a;b#"c', addresses: ["10.0.0.5/24"] })] };
    const drawn = journeyMermaid(journey(world, { proto: "tcp", dst: "10.0.0.5", dport: 80, from: 'a;b#"c' }));
    expect(drawn).toContain("as application (a#59;b#35;#34;c)");
  });
});

describe("SVG", () => {
  const svg = journeySvg(found);

  test("is one self-contained document with every tag closed", () => {
    const open: string[] = [];
    for (const [, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close) expect(open.pop()).toBe(name);
      else if (!self) open.push(name!);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/href|url\((?!#)/);
    expect(svg.match(/xmlns="[^"]+"/g)).toHaveLength(1);
  });

  test("says what the text says", () => {
    for (const words of [
      "gunicorn",
      "10.10.20.7 → 10.96.44.5:8000, uid 100 gid 101",
      "[nat ISTIO_OUTPUT 9 → nat ISTIO_REDIRECT 1]",
      "application: gunicorn in httpbin accepts it at port 80",
    ])
      expect(svg).toContain(words);
    expect(svg.match(/class="dot"/g)).toHaveLength(4);
    expect(svg).not.toContain('class="round"');
  });

  test("keeps every word inside of its frame", () => {
    for (const one of [svg, journeySvg(looping)]) {
      const width = Number(/width="(\d+)"/.exec(one)![1]);
      const starts = [...one.matchAll(/<text x="([\d.]+)" y="[\d.]+" class="(?:dialled|became|end|bad)">([^<]*)</g)];
      expect(starts.length).toBeGreaterThan(5);
      for (const [, x, words] of starts) expect(Number(x) + words!.length * 6.6).toBeLessThan(width);
    }
  });

  test("frames the rounds of a loop", () => expect(journeySvg(looping).match(/class="round"/g)).toHaveLength(1));

  test("is the same each time", () => expect(journeySvg(found)).toBe(svg));

  test("escapes names", () => {
    const world: World = { places: [podPlace({ name: "<a&b>", addresses: ["10.0.0.5/24"] })] };
    const drawn = journeySvg(journey(world, { proto: "tcp", dst: "10.0.0.5", dport: 80, from: "<a&b>" }));
    expect(drawn).toContain("&lt;a&amp;b&gt;");
    expect(drawn).not.toContain("<a&b>");
  });
});
