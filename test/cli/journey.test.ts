import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { run } from "./run.ts";

const example = (name: string): string =>
  readFileSync(new URL(`../../examples/journeys/${name}`, import.meta.url), "utf8");
const files = {
  "good.json": example("sleep-to-httpbin.json"),
  "bad.json": example("bound-to-the-pod-ip.json"),
  "meshes/dumped.json": JSON.stringify({
    places: [{ name: "pod", addresses: ["10.0.0.5/24"], dump: "pod.rules", actors: [{ kind: "sidecar" }] }],
  }),
  "meshes/pod.rules": "*nat\n-A OUTPUT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n",
  "typo.json": '{ "places": [{ "name": "pod", "address": "10.0.0.5/24" }] }',
  "broken.json": '{ "places": [ }',
};
const CONNECTION = "tcp -> 10.96.7.7:8000 uid=100 gid=101 from=sleep";

describe("the answer", () => {
  test("is 0 for a journey that arrives", () => {
    const { code, out, err } = run(["journey", "good.json", CONNECTION], files);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("application: gunicorn in httpbin accepts it at port 80\n");
  });

  test("is 1 for a loop, with the rule that closes it", () => {
    const { code, out } = run(["journey", "bad.json", CONNECTION], files);
    expect(code).toBe(1);
    expect(out).toContain("caught by nat ISTIO_OUTPUT 2 → nat ISTIO_IN_REDIRECT 1");
  });

  test("is 1 where nobody listens", () => {
    expect(run(["journey", "good.json", "tcp -> 10.244.1.20:5 uid=1 gid=1 from=sleep"], files).code).toBe(1);
  });

  test("dumps stand beside the world's file", () => {
    const { code, out } = run(["journey", "meshes/dumped.json", "tcp -> 10.0.0.5:80 uid=1 gid=1 from=pod"], files);
    expect(code).toBe(1);
    expect(out).toContain("loop: Envoy opens");
  });
});

describe("forms", () => {
  test("--json is the journey on one line", () => {
    const { out } = run(["journey", "good.json", CONNECTION, "--json"], files);
    expect(out.trim().split("\n")).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ end: "application", hops: { length: 5 }, cost: { connections: 3 } });
  });

  test("--mermaid and --svg - print drawings", () => {
    expect(run(["journey", "good.json", CONNECTION, "--mermaid"], files).out).toMatch(/^sequenceDiagram\n/);
    expect(run(["journey", "good.json", CONNECTION, "--svg", "-"], files).out).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test("--svg FILE writes it beside the text", () => {
    const written: [string, string][] = [];
    let out = "";
    const code = main(["journey", "good.json", CONNECTION, "--svg", "way.svg"], {
      stdout: (text) => {
        out += text;
      },
      stderr: () => {},
      stdin: () => "",
      readFile: () => files["good.json"],
      writeFile: (path, text) => written.push([path, text]),
      isTTY: false,
      env: {},
      version: "0",
    });
    expect([code, written[0]![0], written[0]![1].slice(0, 4)]).toEqual([0, "way.svg", "<svg"]);
    expect(out).toMatch(/^1\. sleep opens/);
  });

  test("a connection may be JSON", () => {
    const json = JSON.stringify({ proto: "tcp", dst: "10.96.7.7", dport: 8000, uid: 100, gid: 101, from: "sleep" });
    expect(run(["journey", "good.json", json], files).code).toBe(0);
  });
});

describe("bad input is 2", () => {
  test.each([
    [["journey", "good.json"], "nfwalk journey: expected a world and a connection"],
    [["journey", "none.json", CONNECTION], "none.json: no such file"],
    [["journey", "broken.json", CONNECTION], "broken.json:1:15: expected JSON"],
    [
      ["journey", "good.json", '{"proto":"tcp","dst":"10.96.7.7","dport":8000,"udi":5,"from":"sleep"}'],
      "CONNECTION.udi: expected one of",
    ],
    [["journey", "typo.json", CONNECTION], "typo.json: places[0].address: expected one of kind, name"],
    [["journey", "good.json", "tcp -> 10.96.7.7:8000"], "CONNECTION:1:22: connection: expected from="],
    [["journey", "good.json", "tcp -> 10.96.7:8000 from=sleep"], "CONNECTION:1:8:"],
    [["journey", "good.json", "tcp -> 10.96.7.7:8000 from=nobody"], 'good.json: world: no place is called "nobody"'],
    [["journey", "good.json", '{"proto":"tcp","dst":"10.0.0.1","dport":1}'], "CONNECTION: from: expected the place"],
    [
      ["journey", "good.json", '{"proto":"tcp","dst":"x","dport":1,"from":"sleep"}'],
      "CONNECTION.dst: expected an IPv4 or IPv6 address",
    ],
  ])("%j", (argv, message) => {
    const { code, err } = run(argv, files);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test("a connection that is let arrive on a device is not opened there", () => {
  const world = JSON.stringify({
    places: [{ name: "a", addresses: "10.0.0.5/24", actors: [{ kind: "application", ports: [80] }] }],
  });
  const { out } = run(["journey", "w", "tcp 10.0.0.9:4000 -> 10.0.0.5:80 in=eth0 from=a"], { w: world });
  expect(out).toMatch(/^1\. a gets 10\.0\.0\.9:4000 → 10\.0\.0\.5:80\n/);
});
