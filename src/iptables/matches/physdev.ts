import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { anyWord, bang, flag, type Given, option } from "../extension/value.ts";

/**
 * `-m physdev [!] --physdev-in dev [!] --physdev-out dev [!] --physdev-is-in|-is-out|-is-bridged`: the ports of the bridge
 * by which the packet came and leaves (U2, U4, U5).
 *
 * Kernel: net/netfilter/xt_physdev.c, physdev_mt.
 */
export interface PhysdevMatch {
  readonly kind: "physdev";
  readonly isIn?: Given<true>;
  readonly in?: Given<string>;
  readonly isOut?: Given<true>;
  readonly out?: Given<string>;
  readonly isBridged?: Given<true>;
}

/** In the order of print. */
const PARTS = [
  ["isIn", "--physdev-is-in", false],
  ["in", "--physdev-in", true],
  ["isOut", "--physdev-is-out", false],
  ["out", "--physdev-out", true],
  ["isBridged", "--physdev-is-bridged", false],
] as const;

const text = (match: PhysdevMatch): string =>
  PARTS.map(([key, name, hasValue]) => {
    const given = match[key];
    return given ? `${bang(given.negated)} ${name}${hasValue ? ` ${given.value}` : ""}` : "";
  }).join("");

const device = anyWord("the name of a device");

export const physdev: MatchExtension<PhysdevMatch> = defineMatch<PhysdevMatch>()({
  kind: "physdev",
  summary: "the ports of the bridge that the packet passes",
  options: {
    in: option("physdev-in", device, { negatable: true }),
    out: option("physdev-out", device, { negatable: true }),
    isIn: flag("physdev-is-in", { negatable: true }),
    isOut: flag("physdev-is-out", { negatable: true }),
    isBridged: flag("physdev-is-bridged", { negatable: true }),
  },
  fromSave(given, context) {
    if (Object.keys(given).length === 0) context.fail("physdev: expected at least one option");
    return { kind: "physdev", ...given };
  },
  toSave: text,
  fromList(reader) {
    if (!reader.take(/PHYSDEV match(?=\s)/y)) return undefined;
    const found = PARTS.flatMap(([key, name, hasValue]) => {
      const one = reader.take(new RegExp(`(! )?${name}${hasValue ? " (\\S+)" : ""}(?=\\s|$)`, "y"));
      return one ? [[key, { value: hasValue ? one[2] : true, negated: one[1] !== undefined }] as const] : [];
    });
    return found.length > 0 ? { kind: "physdev", ...Object.fromEntries(found) } : undefined;
  },
  toList: (match) => ` PHYSDEV match${text(match)}`,
  meaning: (match) => ({
    kind: "onBridge",
    negated: false,
    conditions: Object.fromEntries(
      PARTS.flatMap(([key]) => {
        const given = match[key];
        if (given === undefined) return [];
        const { negated, value } = given;
        return [[key, { negated, ...(value !== true && { pattern: value }) }] as const];
      }),
    ),
    text: `-m physdev${text(match)}`,
  }),
});
