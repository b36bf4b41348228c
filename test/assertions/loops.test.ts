import { describe, expect, test } from "vitest";
import { followProxies, sidecarProxies, toSave } from "../../src/index.ts";
import "../../src/vitest.ts";
import { sidecar } from "../../src/mesh/actors/sidecar.ts";
import { journey } from "../../src/mesh/journey/journey.ts";
import { podWith, sidecarPod } from "./pod.ts";

const sound = sidecarPod();
const broken = podWith(toSave(sound.rulesets[0]!).replace(/^-A ISTIO_OUTPUT -s 127\.0\.0\.6.*\n/m, ""));
const inbound = "tcp 10.244.1.20 -> 10.244.1.10:80 in=eth0";

describe("toBeLoopFree", () => {
  test("of one packet", () => {
    expect({ netns: sound, packet: inbound }).toBeLoopFree();
    expect({ netns: broken, packet: inbound }).not.toBeLoopFree();
  });

  test("of a whole namespace, with packets found from its rules", () => {
    expect(sound).toBeLoopFree();
    expect(broken).not.toBeLoopFree();
  });

  test("with proxies and packets of one's own", () => {
    const strangers = sidecarProxies({ uid: 1001, gid: 1001 });
    expect(sound).not.toBeLoopFree(strangers);
    const packets = ["tcp -> 127.0.0.1:80 uid=1000 gid=1000"];
    expect(sound).toBeLoopFree({ proxies: strangers, packets });
    expect(() => expect(sound).toBeLoopFree({ packets: [] })).toThrow("no packets");
    expect(() => expect(inbound).toBeLoopFree()).toThrow("expected a namespace");
  });

  test("of what was followed already", () => {
    expect(followProxies(sound, inbound, sidecarProxies())).toBeLoopFree();
    expect(followProxies(broken, inbound, sidecarProxies())).not.toBeLoopFree();
  });

  test("shows the round and explains what closes it", () => {
    expect(() => expect({ netns: broken, packet: inbound }).toBeLoopFree()).toThrow(
      /comes back after 1 hop:[\s\S]*↻ tcp 127\.0\.0\.6:\d+ -> 10\.244\.1\.10:80[\s\S]*nat ISTIO_OUTPUT 1/,
    );
  });
});

describe("toReachApplication", () => {
  test("holds where the application answers behind its proxy", () => {
    expect({ netns: sound, packet: inbound }).toReachApplication();
    expect({ netns: broken, packet: inbound }).not.toReachApplication();
    expect({ netns: sound, packet: "tcp -> 10.244.1.20:80 uid=1000 gid=1000" }).not.toReachApplication();
    expect(followProxies(sound, inbound, sidecarProxies())).toReachApplication();
  });

  test("says how it ended in place of that", () => {
    const assertion = () => expect({ netns: broken, packet: inbound }).toReachApplication(sidecarProxies());
    expect(assertion).toThrow(/to reach the application, but it ends: loop/);
  });
});

test("journeys are subjects of both", () => {
  const connection = { from: "pod", proto: "tcp", src: "10.244.1.20", dst: "10.244.1.10", dport: 80, in: "eth0" };
  const travel = (netns: typeof sound) =>
    journey({ places: [{ name: "pod", netns, actors: [sidecar()] }] }, connection);
  expect(travel(sound)).toBeLoopFree();
  expect(travel(sound)).toReachApplication();
  expect(travel(broken)).not.toBeLoopFree();
  expect(() => expect(travel(broken)).toReachApplication()).toThrow(/↻ tcp 127\.0\.0\.6/);
});
