import { HOST_MEMBERS } from "../host/shapes.ts";
import { RULESETS } from "../iptables/ruleset/shape.ts";
import { NAMES } from "../net/names.ts";
import { flag, type Shape, shapeOf } from "../text/shape.ts";
import type { NetnsSpec } from "./spec.ts";

/** What createNetns takes, member by member: one that is added to the type has its line here, or nothing compiles. */
export const NETNS: Shape = shapeOf<NetnsSpec>({
  rulesets: RULESETS,
  ...HOST_MEMBERS,
  names: NAMES,
  conntrack: flag,
});
