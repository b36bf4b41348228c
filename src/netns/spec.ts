import type { HostSpec } from "../host/spec.ts";
import type { Ruleset } from "../iptables/ruleset/ruleset.ts";
import type { Names } from "../net/names.ts";

/** What `createNetns` takes: rules, the host that they are loaded on, and what its names mean. */
export interface NetnsSpec extends HostSpec {
  readonly rulesets?: readonly Ruleset[];
  readonly names?: Names;
  /** Overrides what the rules imply about conntrack being attached (H5). */
  readonly conntrack?: boolean;
}
