import { all, any, condition, named } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const CAME = named("physIn", "", true);
const LEAVES = named("physOut", "", true);

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "! --physdev-out veth+ --physdev-is-in",
      save: "--physdev-is-in ! --physdev-out veth+",
      list: " PHYSDEV match --physdev-is-in ! --physdev-out veth+",
      means: [
        condition("--physdev-is-in", CAME),
        condition(
          "--physdev-out veth+",
          any([named("physIn", ""), all([CAME, LEAVES, named("physOut", "veth+", true)])]),
          true,
        ),
      ],
    },
    {
      typed: "--physdev-in eth0 --physdev-out eth1",
      list: " PHYSDEV match --physdev-in eth0 --physdev-out eth1",
      means: [
        condition("--physdev-in eth0", named("physIn", "eth0")),
        condition("--physdev-out eth1", all([CAME, LEAVES, named("physOut", "eth1")])),
      ],
    },
    {
      typed: "! --physdev-in + ! --physdev-is-out ! --physdev-is-bridged",
      list: " PHYSDEV match ! --physdev-in + ! --physdev-is-out ! --physdev-is-bridged",
      means: [
        condition("--physdev-in +", named("physIn", ""), true),
        condition("--physdev-is-out", named("physOut", ""), true),
        condition("--physdev-is-bridged", named("physOut", ""), true),
      ],
    },
  ],
};
