import type { Frame } from "./frame.ts";

/** A compiled condition. Pure but for stateful matches, and for the questions it asks of `frame.host`. */
export type Test = (frame: Frame) => boolean;

/** Where a condition stands, for the questions it may ask and the memory of stateful matches. */
export interface Place {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
}
