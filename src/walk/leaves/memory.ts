import type { Frame } from "../../predicate/frame.ts";
import type { Memory } from "../../predicate/memory.ts";
import type { Run } from "../run/run.ts";
import { type Bucket, draw } from "./bucket.ts";
import { type Counts, countConnections } from "./connections.ts";
import { askBucket, type Buckets } from "./hashlimit.ts";
import { askList, type Seen } from "./recent.ts";

/** Asks a memory for one packet: whether it holds, negations of the rule aside. */
export type Step = (run: Run, slot: string, frame: Frame) => boolean;

type Kept = Exclude<Memory, { memory: "set" }>;

/** How each memory goes on from one packet to the next: a memory without an entry does not compile. */
const STEPS: { readonly [K in Kept["memory"]]: (memory: Extract<Kept, { memory: K }>) => Step } = {
  limit: ({ scale, cost, cap }) => {
    const price = { cost, cap };
    return (run, slot) => {
      const before = run.read(slot) as Bucket | undefined;
      const { bucket, enough } = draw(before, Math.round(run.now * scale), price);
      run.write(slot, bucket);
      return enough;
    };
  },
  hashlimit: (memory) => (run, slot, frame) => {
    const { state, holds } = askBucket(run.read(slot) as Buckets | undefined, frame, run.now, memory);
    run.write(slot, state);
    return holds;
  },
  recent: (memory) => (run, slot, frame) => {
    const { state, holds } = askList(run.read(slot) as readonly Seen[] | undefined, frame, run.now, memory);
    run.write(slot, state);
    return holds;
  },
  nth: ({ every, packet }) => {
    return (run, slot) => {
      const count = (run.read(slot) as number | undefined) ?? 0;
      run.write(slot, (count + 1) % every);
      return count === packet;
    };
  },
  quota: ({ bytes }) => {
    const all = Number(bytes);
    return (run, slot, { length }) => {
      const left = (run.read(slot) as number | undefined) ?? all;
      // A packet that is too long ends the quota, for shorter ones after it as well.
      run.write(slot, left >= length ? left - length : 0);
      return left >= length;
    };
  },
  connlimit: ({ field, mask, limit }) => {
    return (run, slot, frame) => {
      const before = run.read(slot) as Counts | undefined;
      const { state, count } = countConnections(before, run, frame, field, mask);
      run.write(slot, state);
      return count <= limit;
    };
  },
};

/** The step function of a memory. */
export const stepOf = (memory: Kept): Step => (STEPS[memory.memory] as (memory: Kept) => Step)(memory);
