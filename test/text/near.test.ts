import { expect, test } from "vitest";
import { nearName } from "../../src/text/near.ts";

test.each([
  ["protocl", ["proto", "protocol", "dst"], "protocol"],
  ["TCP", ["udp", "tcp"], "tcp"],
  ["route_localnet", ["route-localnet"], "route-localnet"],
  ["eht0", ["lo", "eth0"], "eth0"],
  ["dts", ["dst", "src"], "dst"],
  ["in", ["id", "out"], undefined],
  ["banana", ["proto", "dst"], undefined],
  ["x".repeat(1_000_000), ["x".repeat(99)], undefined],
])("near %s of %j: %s", (name, known, near) => expect(nearName(name, known)).toBe(near));
