import { UINT32 } from "../../text/number.ts";
import { type SetReference, setReference, setReferenceText } from "../extension/set-reference.ts";
import { defineTarget, goesOn, type TargetExtension } from "../extension/target.ts";
import { flag, numberFrom, option } from "../extension/value.ts";

/**
 * `-j SET --add-set name src|dst,… [--exist] [--timeout n]`, `--del-set …`, `--map-set … [--map-mark] [--map-prio]
 * [--map-queue]`: changes an ipset, or takes the packet's mark, priority or queue from one.
 *
 * What an ipset holds is not part of a dump but of the namespace. Priority and queue have no consequence here.
 *
 * Kernel: net/netfilter/xt_set.c, set_target_v3.
 */
export interface SetTarget {
  readonly kind: "SET";
  readonly add?: SetReference;
  readonly exist: boolean;
  readonly timeout?: number;
  readonly del?: SetReference;
  readonly map?: SetReference;
  /** Any of `mark`, `prio`, `queue`, in this order. */
  readonly mapped: readonly ("mark" | "prio" | "queue")[];
}

const MAPPED = ["mark", "prio", "queue"] as const;

const part = (flagName: string, set: SetReference | undefined): string =>
  set ? ` ${flagName} ${setReferenceText(set)}` : "";

/** Both forms hold the same words, with and without dashes. Source: libxt_SET.c, set_target_save_v3. */
const text = (target: SetTarget, dashes: string): string =>
  [
    part(`${dashes}add-set`, target.add),
    target.exist ? ` ${dashes}exist` : "",
    target.timeout === undefined ? "" : ` ${dashes}timeout ${target.timeout}`,
    part(`${dashes}del-set`, target.del),
    part(`${dashes}map-set`, target.map),
    ...target.mapped.map((what) => ` ${dashes}map-${what}`),
  ].join("");

export const set: TargetExtension<SetTarget> = defineTarget<SetTarget>()({
  kind: "SET",
  summary: "adds the packet's addresses to an ipset, deletes them, or maps them",
  options: {
    add: option("add-set", setReference, { words: 2 }),
    exist: flag("exist"),
    timeout: option("timeout", numberFrom(0, UINT32 - 1)),
    del: option("del-set", setReference, { words: 2 }),
    map: option("map-set", setReference, { words: 2 }),
    mark: flag("map-mark"),
    prio: flag("map-prio"),
    queue: flag("map-queue"),
  },
  fromSave(values, context) {
    const { add, del, map, exist, timeout } = values;
    const mapped = MAPPED.filter((what) => values[what] !== undefined);
    if (!add && !del && !map) context.fail("SET: expected one of --add-set, --del-set, --map-set, got none");
    if (!add && (exist ?? timeout)) context.fail("SET: --exist and --timeout need --add-set");
    if ((map !== undefined) !== mapped.length > 0)
      context.fail("SET: --map-set needs one of --map-mark, --map-prio, --map-queue, and they need it");
    return {
      kind: "SET",
      ...(add && { add: add.value }),
      exist: exist !== undefined,
      ...(timeout && { timeout: timeout.value }),
      ...(del && { del: del.value }),
      ...(map && { map: map.value }),
      mapped,
    };
  },
  toSave: (target) => text(target, "--"),
  fromList(reader, context) {
    const take = (pattern: RegExp): SetReference | undefined => {
      const found = reader.take(pattern);
      return found ? setReference.read(found[1]!, context) : undefined;
    };
    const add = take(/add-set (\S+ \S+)/y);
    const exist = reader.take(/exist(?!\S)/y) !== null;
    const timeout = reader.take(/timeout (\d+)/y);
    const del = take(/del-set (\S+ \S+)/y);
    const map = take(/map-set (\S+ \S+)/y);
    const mapped = MAPPED.filter((what) => reader.take(new RegExp(`map-${what}(?!\\S)`, "y")));
    if (!add && !del && !map) return undefined;
    return {
      kind: "SET",
      ...(add && { add }),
      exist,
      ...(timeout && { timeout: Number(timeout[1]) }),
      ...(del && { del }),
      ...(map && { map }),
      mapped,
    };
  },
  toList: (target) => text(target, ""),
  action: ({ add, exist, timeout, del, map, mapped }) =>
    goesOn({
      kind: "sets",
      ...(add && { add: { ...add, exist, ...(timeout !== undefined && { timeout }) } }),
      ...(del && { del }),
      ...(map && { map: { ...map, mark: mapped.includes("mark") } }),
    }),
});
