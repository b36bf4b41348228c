import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createNetns, setsText } from "../../src/index.ts";
import { CASES } from "../semantics/sets-cases.ts";
import { heldLines, hitsText, rulesText, setsOf } from "../semantics/sets-texts.ts";
import { random } from "./fuzz-random.ts";
import { createLab, type Lab, labUnavailable } from "./lab.ts";
import { compare } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import type { Observed } from "./lab-types.ts";
import { walkSession } from "./lab-walk.ts";
import { drawSession, type SetsSession, TYPES } from "./sets-draw.ts";

function hasIpset(): boolean {
  try {
    execFileSync("ipset", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const reason = labUnavailable() ?? (hasIpset() ? undefined : "needs ipset");

/** Sessions for each flavour, and the packets of one. */
const SESSIONS = Number(process.env.NFWALK_SET_SESSIONS ?? 60);
const PACKETS = 12;
const SEED = Number(process.env.NFWALK_SET_SEED ?? 1);

const SYSCTL = { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 };
const ipset = (lab: Lab, words: readonly string[], text?: string) => lab.agent.run("pod", ["ipset", ...words], text);

/** The types that this kernel was built with. */
async function typesOf(lab: Lab): Promise<readonly (typeof TYPES)[number][]> {
  const known: (typeof TYPES)[number][] = [];
  for (const type of TYPES) {
    const range = type === "bitmap:ip" ? ["range", "10.0.0.0/24"] : type === "bitmap:port" ? ["range", "1-9"] : [];
    try {
      await ipset(lab, ["create", "probe", type, ...range]);
      await ipset(lab, ["destroy", "probe"]);
      known.push(type);
    } catch {
      // Not in this kernel.
    }
  }
  return known;
}

/** The kernel's account of a session: what each packet did, and the sets afterwards in our own spelling. */
async function observe(lab: Lab, session: SetsSession): Promise<{ observed: Observed[]; sets: string }> {
  // Rules of the session before hold their sets.
  for (const family of [4, 6] as const) await runSession(lab, { family, rules: "", sysctl: {}, packets: [] });
  // A set that a list holds is in use.
  await ipset(lab, ["flush"]);
  await ipset(lab, ["destroy"]);
  await ipset(lab, ["restore"], session.sets);
  const observed = await runSession(lab, { ...session, sysctl: SYSCTL, sockets: [] });
  const saved = (await ipset(lab, ["save"])).out;
  return { observed, sets: setsText(createNetns({ sets: saved }).sets!) };
}

describe.skipIf(reason !== undefined)(`ipsets on the live kernel${reason ? ` (skipped: ${reason})` : ""}`, () => {
  describe.each(["legacy", "nft"] as const)("through iptables-%s", (flavour) => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await createLab({ flavour });
    });
    afterAll(() => lab?.close());

    test.each(Object.entries(CASES))("what was seen once is seen again: %s", async (_, one) => {
      const { packets } = one;
      const session: SetsSession = { family: one.family ?? 4, sets: setsOf(one), rules: rulesText(one), packets };
      const { observed, sets } = await observe(lab, session);
      expect(observed.map(({ counters }) => hitsText(counters))).toEqual(one.hits);
      if (one.held !== undefined) expect(heldLines(sets)).toEqual(one.held);
    });

    test(`${SESSIONS} drawn sessions of ${PACKETS} packets: counters, ends, entries, and what the sets hold afterwards`, async () => {
      const types = await typesOf(lab);
      expect(types.length).toBeGreaterThan(5);
      for (let seed = SEED; seed < SEED + SESSIONS; seed++) {
        const session = drawSession(random(seed), types, PACKETS);
        const kernel = await observe(lab, session);
        const walks = walkSession({ ...session, sysctl: SYSCTL }, flavour);
        const differences = compare(kernel.observed, walks, session.packets);
        const { sets, rules, packets } = session;
        const shown = { seed, sets, rules, packets: differences.map(({ packet }) => packets[packet]) };
        expect({ differences, ...shown }).toEqual({ differences: [], ...shown });
        expect({ held: heldLines(setsText(walks.at(-1)!.netns.sets!)), ...shown }).toEqual({
          held: heldLines(kernel.sets),
          ...shown,
        });
      }
    });
  });
});
