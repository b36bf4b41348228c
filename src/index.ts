export type { PacketSpec } from "./net/packet.ts";
export { ParseError, type Problem, problemText } from "./text/problem.ts";
export { type CounterLog, countsOf, withCounters } from "./traverse/counters.ts";
export { createNetns, type Netns } from "./traverse/netns.ts";
export { outcomes, send, simulate } from "./traverse/outcomes.ts";
export type { Fate, Step, Walk } from "./traverse/walk.ts";
