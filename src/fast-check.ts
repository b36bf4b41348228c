/**
 * Generators for fast-check that know where rules change their answers.
 *
 * @example
 * import * as fc from "fast-check";
 * import { packets } from "nfwalk/fast-check";
 * fc.assert(fc.property(packets(netns), (packet) => send(netns, packet).walk.fate.kind !== "undetermined"));
 *
 * @module
 */
export { type ConnectionOptions, connections } from "./arbitraries/connections.ts";
export { type Conversation, conversations, converse } from "./arbitraries/conversations.ts";
export { type PacketOptions, packets } from "./arbitraries/packets.ts";
export { type RulesetOptions, rulesets } from "./arbitraries/rulesets.ts";
export { meshSettings, type SettingsOptions } from "./arbitraries/settings.ts";
export { anyAddress, anyIPv4, anyIPv6, leaning, marks, owners, ports } from "./arbitraries/values.ts";
