import { all, any, condition, named, type Predicate } from "../../predicate/predicate.ts";
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

type Part = (typeof PARTS)[number];

const words = ([, name, hasValue]: Part, { value }: Given<string | true>): string =>
  `${name}${hasValue ? ` ${value}` : ""}`;

const text = (match: PhysdevMatch): string =>
  PARTS.map((part) => {
    const given = match[part[0]];
    return given ? `${bang(given.negated)} ${words(part, given)}` : "";
  }).join("");

/** No port, as a name; "+" stands for any. */
const NONE = "";

/**
 * One option. A packet that did not come by a bridge port answers each with its negation (U2); of one that did, the port by
 * which it leaves is known in FORWARD and POSTROUTING, and only if the bridge switches it: where it is not known
 * `--physdev-out` fails, negated or not (U5).
 */
function portTest(key: Part[0], { value, negated }: Given<string | true>): Predicate {
  switch (key) {
    case "isIn":
      return named("physIn", NONE, !negated);
    case "isOut":
    case "isBridged":
      return named("physOut", NONE, !negated);
    case "in":
      return value === "+" ? named("physIn", NONE, !negated) : named("physIn", `${value}`, negated);
    case "out": {
      const leaves = all([
        named("physIn", NONE, true),
        named("physOut", NONE, true),
        named("physOut", `${value}`, negated),
      ]);
      return negated ? any([named("physIn", NONE), leaves]) : leaves;
    }
  }
}

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
  meaning: (match) =>
    PARTS.flatMap((part) => {
      const given = match[part[0]];
      return given ? [condition(words(part, given), portTest(part[0], given), given.negated)] : [];
    }),
});
