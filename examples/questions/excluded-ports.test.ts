/**
 * Why do excludeInboundPorts, excludeOutboundPorts and includeOutboundPorts seem to be ignored?
 *
 * - excludeInboundPorts writes rules only where all ports are included ("*"). With a list of included ports there is
 *   nothing to exclude from, and the setting is dropped without a word (nfwalk's notes say so).
 * - It concerns what arrives. Envoy's connections to its own pod go by rule 2 of ISTIO_OUTPUT, which knows no list of ports.
 * - excludeOutboundPorts means the port that is dialled: that of the service, not the container's port behind it.
 * - includeOutboundPorts adds to what is captured. It limits nothing: as long as all ranges are included ("*"), every other
 *   port is captured too. To capture these ports only, the list of included ranges must be empty.
 */
import { describe, expect, test } from "vitest";
import { istioIptables } from "../../src/mesh/istio/iptables.ts";
import "../../src/vitest.ts";
import { APP, arrives, ENVOY, opens, pod } from "./pod.ts";

const out = (netns: ReturnType<typeof pod>, port: number) => ({ netns, packet: opens(APP, "10.96.0.50", port) });

describe("excludeInboundPorts", () => {
  const both = { inboundPortsInclude: "80,9090", inboundPortsExclude: "9090" };

  test("the problem: beside a list of included ports it does nothing", () => {
    expect({ netns: pod(both), packet: arrives(9090) }).toBeRedirectedTo(15006);
    expect(istioIptables(both).notes).toContainEqual(
      expect.objectContaining({ code: "no-effect", setting: "inboundPortsExclude" }),
    );
  });

  test("the fix: include all, or leave it out of the list", () => {
    const all = pod({ inboundPortsInclude: "*", inboundPortsExclude: "9090" });
    expect({ netns: all, packet: arrives(9090) }).toLeaveUnchanged();
    expect({ netns: all, packet: arrives(80) }).toBeRedirectedTo(15006);
    expect({ netns: pod({ inboundPortsInclude: "80" }), packet: arrives(9090) }).toLeaveUnchanged();
  });

  test("what Envoy sends to its own pod is captured all the same", () => {
    const netns = pod({ inboundPortsInclude: "*", inboundPortsExclude: "9090" });
    expect({ netns, packet: opens(ENVOY, "10.244.1.10", 9090) }).toBeRedirectedTo(15006);
  });
});

describe("excludeOutboundPorts", () => {
  const range = { outboundIPRangesInclude: "*" };

  test("the problem: the service's port 80 is dialled, its container's 8080 was excluded", () => {
    expect(out(pod({ ...range, outboundPortsExclude: "8080" }), 80)).toBeRedirectedTo(15001);
  });

  test("the fix: exclude the port that is dialled", () => {
    expect(out(pod({ ...range, outboundPortsExclude: "80" }), 80)).toLeaveUnchanged();
  });
});

describe("includeOutboundPorts", () => {
  test("the problem: with all ranges included, it limits nothing", () => {
    const netns = pod({ outboundIPRangesInclude: "*", outboundPortsInclude: "9000" });
    expect(out(netns, 9000)).toBeRedirectedTo(15001);
    expect(out(netns, 9001)).toBeRedirectedTo(15001);
  });

  test("the fix: include no range", () => {
    const netns = pod({ outboundIPRangesInclude: "", outboundPortsInclude: "9000" });
    expect(out(netns, 9000)).toBeRedirectedTo(15001);
    expect(out(netns, 9001)).toLeaveUnchanged();
  });
});
