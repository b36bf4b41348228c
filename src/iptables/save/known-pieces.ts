import { type RecentTexts, recentTexts } from "../../text/recent-texts.ts";
import type {
  AddressCondition,
  DeviceCondition,
  ProtocolCondition,
  Rule,
  RuleMatch,
  RuleTarget,
} from "../ruleset/ruleset.ts";
import { readAddresses, readDevice, readProtocol } from "./conditions.ts";
import { type PlainAddressReader, plainAddressReader } from "./plain-address.ts";
import type { MovingContext } from "./reading.ts";
import { plainly, readMatchSegment, readTargetSegment } from "./segment.ts";

/** The codes of iptables' own one-letter options. */
export const LETTER = { c: 99, d: 100, f: 102, g: 103, i: 105, j: 106, m: 109, o: 111, p: 112, s: 115 } as const;

/** A rule while its line is read. */
export type RuleDraft = { -readonly [K in keyof Rule]: Rule[K] };

/** What was read from one text before: equal text is one object, so a large dump is small and quick. */
export interface KnownPieces {
  readonly plainAddress: PlainAddressReader;
  readonly addresses: RecentTexts<AddressCondition>;
  readonly notAddresses: RecentTexts<AddressCondition>;
  readonly devices: RecentTexts<DeviceCondition>;
  readonly notDevices: RecentTexts<DeviceCondition>;
  readonly protocols: RecentTexts<ProtocolCondition>;
  readonly notProtocols: RecentTexts<ProtocolCondition>;
  /** By protocol. */
  readonly segments: Map<number, Segments>;
}

/** Matches and targets depend on the protocol in front of them: `--dport http`. */
export interface Segments {
  readonly matches: RecentTexts<RuleMatch>;
  readonly targets: RecentTexts<RuleTarget>;
}

export const newKnownPieces = (): KnownPieces => ({
  plainAddress: plainAddressReader(),
  addresses: recentTexts(),
  notAddresses: recentTexts(),
  devices: recentTexts(),
  notDevices: recentTexts(),
  protocols: recentTexts(),
  notProtocols: recentTexts(),
  segments: new Map(),
});

/** One of -s -d -i -o -p; false if the line needs the full reader. */
export function readCondition(
  rule: RuleDraft,
  letter: number,
  line: string,
  start: number,
  end: number,
  negated: boolean,
  context: MovingContext,
  known: KnownPieces,
): boolean {
  switch (letter) {
    case LETTER.s:
    case LETTER.d: {
      const field = letter === LETTER.s ? "source" : "destination";
      if (rule[field] !== undefined) return false;
      const plain = context.family === "ipv4" ? known.plainAddress(line, start, end, negated) : undefined;
      if (plain !== undefined) {
        rule[field] = plain;
        return true;
      }
      const text = line.slice(start, end);
      const found = lookUp(negated ? known.notAddresses : known.addresses, text, () => {
        const all = readAddresses(text, negated, "-s", context);
        return all.length === 1 ? all[0] : context.fail("several rules");
      });
      if (found === undefined) return false;
      rule[field] = found;
      return true;
    }
    case LETTER.i:
    case LETTER.o: {
      const field = letter === LETTER.i ? "in" : "out";
      const text = line.slice(start, end);
      const found = lookUp(negated ? known.notDevices : known.devices, text, () =>
        readDevice(text, negated, "-i", context),
      );
      if (found === undefined || rule[field] !== undefined) return false;
      rule[field] = found;
      return true;
    }
    case LETTER.p: {
      const text = line.slice(start, end);
      const found = lookUp(negated ? known.notProtocols : known.protocols, text, () =>
        readProtocol(text, negated, context),
      );
      if (found === undefined || rule.protocol !== undefined) return false;
      rule.protocol = found;
      context.protocol = found.number;
      context.protocolNegated = negated;
      return true;
    }
    default:
      return false;
  }
}

/** What the text means; undefined for text that is no condition or needs the full reader. */
function lookUp<T extends object>(known: RecentTexts<T>, text: string, read: () => T | undefined): T | undefined {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (text === "" || /[\s"!#]/.test(text)) return undefined;
  const made = plainly(read);
  if (made !== undefined) known.set(text, made);
  return made;
}

/** What was read behind the protocol that the context has now. */
export function segmentsFor({ segments: all }: KnownPieces, { protocol, protocolNegated }: MovingContext): Segments {
  const key = protocolNegated ? -protocol : protocol;
  let found = all.get(key);
  if (found === undefined) {
    found = { matches: recentTexts(), targets: recentTexts() };
    all.set(key, found);
  }
  return found;
}

export function matchIn({ matches }: Segments, text: string, context: MovingContext): RuleMatch | undefined {
  let match = matches.get(text);
  if (match === undefined) {
    match = readMatchSegment(text, context);
    if (match !== undefined) matches.set(text, match);
  }
  return match;
}

export function targetIn(
  { targets }: Segments,
  goto: boolean,
  text: string,
  context: MovingContext,
): RuleTarget | undefined {
  if (goto) return /^[^\s"#]+$/.test(text) ? { kind: "goto", chain: text } : undefined;
  let target = targets.get(text);
  if (target === undefined) {
    target = readTargetSegment(text, context);
    if (target !== undefined) targets.set(text, target);
  }
  return target;
}
