/** Laws of walking: it ends, it is the same every time, it changes nothing that it was given, and its counters add up. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Counted,
  countsOf,
  createNetns,
  type Netns,
  outcomes,
  type PacketSpec,
  parse,
  type Ruleset,
  type SendOptions,
  send,
  setsText,
  simulate,
  type Walk,
  withCounters,
} from "../../src/index.ts";
import type { Family } from "../../src/net/address.ts";
import { families, HOST, packetsFor, saveText } from "./arbitraries.ts";
import { runs, TIMEOUT } from "./runs.ts";

interface Scene {
  readonly netns: Netns;
  readonly packets: readonly PacketSpec[];
  readonly options: SendOptions;
}

/** The sets that rules name here. */
const setsOf = (family: Family): string => {
  const inet = family === "ipv4" ? "inet" : "inet6";
  const member = family === "ipv4" ? "10.0.0.0/8" : "fd00::/16";
  return `create blocked hash:net family ${inet} counters\nadd blocked ${member}\ncreate peers hash:ip,port family ${inet} timeout 9\n`;
};

/** A namespace and packets for it; some hosts are described, some are not, and so with sets. */
const scenes = (loopy: boolean): fc.Arbitrary<Scene> =>
  fc.tuple(families, fc.boolean(), fc.boolean()).chain(([family, described, listed]) =>
    saveText(family, { loopy }).chain((text) => {
      const { ruleset } = parse(text, { family });
      const netns = createNetns({
        rulesets: [ruleset],
        ...(described && HOST),
        ...(listed && { sets: setsOf(family) }),
      });
      const packets = packetsFor([ruleset], family).filter(({ in: device }) => described || device !== "eth1");
      return fc.record({
        netns: fc.constant(netns),
        packets: fc.array(packets, { minLength: 1, maxLength: 5 }),
        options: fc.record({ answers: fc.boolean() }),
      });
    }),
  );

const KINDS = new Set(["delivered", "sent", "dropped", "rejected", "queued", "answered", "unroutable", "undetermined"]);

test(
  "a walk always ends, also through jumps in circles and chains that are missing",
  () => {
    fc.assert(
      fc.property(scenes(true), ({ netns, packets }) => {
        for (const packet of packets) expect(KINDS).toContain(send(netns, packet).walk.fate.kind);
      }),
      { numRuns: runs(150, 2000) },
    );
  },
  TIMEOUT,
);

/** Every value that hangs on this one. */
function freeze<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== "object" || value === null || seen.has(value)) return value;
  seen.add(value);
  for (const key of Reflect.ownKeys(value)) freeze(Reflect.get(value, key), seen);
  return Object.freeze(value);
}

/** All of a namespace that packets change. */
const memoryOf = ({ conntrack, counters, matchState, sets }: Netns) => [
  [...conntrack.entries()],
  countsOf(counters),
  [...matchState],
  sets && setsText(sets),
];

test(
  "send leaves the packet and the namespace as they were",
  () => {
    fc.assert(
      fc.property(scenes(false), ({ netns, packets, options }) => {
        let now = netns;
        for (const packet of packets) {
          freeze(packet);
          freeze(now.rulesets);
          freeze([...now.conntrack.entries()]);
          const before = structuredClone(memoryOf(now));
          const { netns: after } = send(now, packet, options);
          expect(memoryOf(now)).toEqual(before);
          now = after;
        }
      }),
      { numRuns: runs(200, 5000) },
    );
  },
  TIMEOUT,
);

test(
  "the same input gives the same walk, by send and by simulate",
  () => {
    fc.assert(
      fc.property(scenes(false), ({ netns, packets, options }) => {
        const walkAll = (): readonly [readonly Walk[], Netns] => {
          let now = netns;
          const walks = packets.map((packet) => {
            const { walk, netns: after } = send(now, packet, options);
            now = after;
            return walk;
          });
          return [walks, now];
        };
        const [first, after] = walkAll();
        const [second, again] = walkAll();
        expect(second).toEqual(first);
        expect([...again.conntrack]).toEqual([...after.conntrack]);
        const simulated = simulate(netns, packets, options);
        expect(simulated.walks).toEqual(first);
        expect([...simulated.netns.conntrack]).toEqual([...after.conntrack]);
        expect(countsOf(simulated.netns.counters)).toEqual(countsOf(after.counters));
        expect(simulated.netns.sets && setsText(simulated.netns.sets)).toEqual(after.sets && setsText(after.sets));
      }),
      { numRuns: runs(200, 5000) },
    );
  },
  TIMEOUT,
);

const total = (ruleset: Ruleset): number =>
  ruleset.tables
    .flatMap((table) => table.chains.flatMap((chain) => [chain.counters, ...chain.rules.map((rule) => rule.counters)]))
    .reduce((sum, counters) => sum + Number(counters?.packets ?? 0), 0);

const keyOf = ({ flavour, family, table, chain, rule }: Omit<Counted, "packets" | "bytes">): string =>
  `${flavour} ${family} ${table} ${chain} ${rule}`;

test(
  "steps add up to the counters of the namespace and of its rules",
  () => {
    fc.assert(
      fc.property(scenes(false), ({ netns, packets }) => {
        const { walks, netns: after } = simulate(netns, packets);
        const counted = new Map<string, number>();
        // An undetermined packet was not sent: nothing is counted for it.
        for (const { steps, fate } of walks)
          for (const step of fate.kind === "undetermined" ? [] : steps) {
            const key = keyOf({ ...step, rule: "rule" in step ? step.rule : "policy" });
            counted.set(key, (counted.get(key) ?? 0) + 1);
          }
        const counts = countsOf(after.counters);
        expect(Object.fromEntries(counts.map((one) => [keyOf(one), one.packets]))).toEqual(Object.fromEntries(counted));
        const [ruleset] = after.rulesets;
        const sum = [...counted.values()].reduce((all, one) => all + one, 0);
        expect(total(withCounters(ruleset!, after.counters))).toBe(sum);
      }),
      { numRuns: runs(200, 5000) },
    );
  },
  TIMEOUT,
);

test(
  "outcomes: the probabilities of each set of assumptions add up to 1, and a determined packet has its walk alone",
  () => {
    fc.assert(
      fc.property(scenes(false), ({ netns, packets }) => {
        for (const packet of packets) {
          const { walk } = send(netns, packet);
          let all: ReturnType<typeof outcomes>;
          try {
            all = outcomes(netns, packet, { limit: 500 });
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
            continue;
          }
          if (walk.fate.kind !== "undetermined") for (const one of all) expect(one.walk).toEqual(walk);
          if (all.every((one) => one.assumptions.length === 0))
            expect(all.reduce((sum, one) => sum + one.probability, 0)).toBeCloseTo(1, 9);
        }
      }),
      { numRuns: runs(100, 2000) },
    );
  },
  TIMEOUT,
);
