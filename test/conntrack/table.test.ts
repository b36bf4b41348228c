import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../../src/conntrack/entry.ts";
import { ConntrackTable } from "../../src/conntrack/table.ts";
import { invert, type Tuple } from "../../src/conntrack/tuple.ts";

const tuple = (sport: number, dport = 80): Tuple => ({
  v6: false,
  proto: 6,
  s0: 0,
  s1: 0,
  s2: 0,
  s3: 1,
  d0: 0,
  d1: 0,
  d2: 0,
  d3: 2,
  sport,
  dport,
});

const entry = (sport: number, more: Partial<Entry> = {}): Entry => ({
  original: tuple(sport),
  reply: invert(tuple(sport)),
  mark: 0,
  status: 0,
  zoneOriginal: 0,
  zoneReply: 0,
  masqueradeDevice: null,
  tcp: null,
  expires: 100,
  born: 0,
  ...more,
});

describe("the conntrack table", () => {
  test("finds both directions, in their zones", () => {
    const table = ConntrackTable.empty.fork();
    const one = entry(1, { zoneOriginal: 1 });
    table.put(one);
    expect(table.find(one.original, 1, 0)).toEqual({ entry: one, reply: false });
    expect(table.find(one.reply, 0, 0)).toEqual({ entry: one, reply: true });
    expect(table.find(one.original, 0, 0)).toBeUndefined();
  });

  test("a reply tuple is taken by another entry, not by the same one", () => {
    const table = ConntrackTable.empty.fork();
    table.put(entry(1));
    expect(table.taken(invert(tuple(1)), entry(2))).toBe(true);
    expect(table.taken(invert(tuple(1)), entry(1))).toBe(false);
    expect(table.taken(invert(tuple(3)), entry(2))).toBe(false);
  });

  test("agrees with a plain map whatever is put and removed, and old tables stay as they were", () => {
    const change = fc.record({ port: fc.integer({ min: 1, max: 90 }), gone: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), fc.boolean(), (changes, inPlace) => {
        const model = new Map<number, Entry>();
        let table = inPlace ? ConntrackTable.empty.working() : ConntrackTable.empty;
        for (const { port, gone } of changes) {
          const before = table;
          const size = before.size;
          if (!inPlace) table = table.fork();
          if (gone && model.has(port)) {
            table.remove(model.get(port)!);
            model.delete(port);
          } else if (!gone) {
            const one = model.get(port) ?? entry(port);
            table.put(one);
            model.set(port, one);
          }
          if (!inPlace) expect(before.size).toBe(size);
        }
        expect(table.size).toBe(model.size);
        for (let port = 1; port <= 90; port++) expect(table.find(tuple(port), 0, 0)?.entry).toBe(model.get(port));
      }),
      { numRuns: 60 },
    );
  });

  test("rollback undoes what came after begin", () => {
    const table = ConntrackTable.empty.working();
    table.put(entry(1));
    table.begin();
    table.put(entry(2));
    table.remove(entry(1));
    table.rollback();
    expect(table.find(tuple(1), 0, 0)).toBeDefined();
    expect(table.find(tuple(2), 0, 0)).toBeUndefined();
  });
});
