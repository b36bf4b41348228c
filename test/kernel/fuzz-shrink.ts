import { judge } from "./fuzz-judge.ts";
import { createLabs } from "./fuzz-labs.ts";
import type { Sending } from "./fuzz-packets.ts";
import type { Plan } from "./fuzz-plan.ts";
import { type Played, play } from "./fuzz-run.ts";
import type { Difference } from "./lab-compare.ts";

/** The smallest session found that still differs, and in what. */
export interface Shrunk {
  readonly played: Played;
  readonly differences: readonly Difference[];
  /** How many sessions were tried. */
  readonly tries: number;
}

/** Every list that lacks one run of items, the longest runs first. */
function* without<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let size = items.length; size >= 1; size = Math.floor(size / 2))
    for (let at = 0; at + size <= items.length; at += size) yield [...items.slice(0, at), ...items.slice(at + size)];
}

/** A rule's words as parts that may be left out: `-A CHAIN`, then each condition, then the target with its options. */
const parts = (line: string): readonly string[] => line.split(/ (?=(?:! )?-[sdiopmjg] )/);

/** The rules with less in them: without some lines, then with single conditions left out. */
function* smallerRules(rules: string): Generator<string> {
  const lines = rules.split("\n");
  const isRule = (line: string): boolean => line.startsWith("-A ");
  const places = lines.flatMap((line, at) => (isRule(line) ? [at] : []));
  for (const kept of without(places)) yield lines.filter((line, at) => !isRule(line) || kept.includes(at)).join("\n");
  for (const at of places) {
    const words = parts(lines[at]!);
    for (let part = 1; part < words.length; part++)
      yield lines.with(at, words.filter((_, one) => one !== part).join(" ")).join("\n");
  }
  const used = (chain: string): boolean =>
    lines.some((line) => new RegExp(`^-A ${chain} | -[jg] ${chain}$`).test(line));
  const tidy = lines.filter((line) => !/^:\S+ - /.test(line) || used(line.slice(1).split(" ")[0]!));
  if (tidy.length < lines.length) yield tidy.join("\n");
  // A nat table is never nothing: where it is loaded, connections that nobody translates are given free ports (N4).
  for (const table of rules.match(/\*[^*]*COMMIT\n/g) ?? [])
    if (!/^-A|^\*nat$/m.test(table)) yield rules.replace(table, "");
}

/** A plan without some of its packets, and without what followed from them. */
function keeping(plan: Plan, wanted: readonly number[]): Plan {
  const places = new Map<number, number>();
  const sendings: Sending[] = [];
  for (const [at, sending] of plan.sendings.entries()) {
    const to = sending.kind === "packet" ? undefined : places.get(sending.to);
    if (!wanted.includes(at) || (sending.kind !== "packet" && to === undefined)) continue;
    places.set(at, sendings.length);
    sendings.push(sending.kind === "packet" ? sending : { ...sending, to: to! });
  }
  return { ...plan, sendings };
}

/** Packets without one of the words that they need not have. */
function* plainer(plan: Plan): Generator<Plan> {
  for (const [at, sending] of plan.sendings.entries())
    for (const word of ["ttl", "tos", "mark", "groups"] as const) {
      if (sending.kind !== "packet" || sending.packet[word] === undefined) continue;
      const { [word]: _, ...packet } = sending.packet;
      yield { ...plan, sendings: plan.sendings.with(at, { kind: "packet", packet }) };
    }
}

/** Plans that are a little smaller. */
function* smaller(plan: Plan): Generator<Plan> {
  for (const kept of without([...plan.sendings.keys()])) {
    const fewer = keeping(plan, kept);
    if (fewer.sendings.length > 0) yield fewer;
  }
  for (const rules of smallerRules(plan.rules)) yield { ...plan, rules };
  if (plan.sockets.length > 0) yield { ...plan, sockets: [] };
  for (const ipRules of without(plan.ipRules)) yield { ...plan, ipRules };
  for (const ipRoutes of without(plan.ipRoutes)) yield { ...plan, ipRoutes };
  for (const [name, value] of Object.entries(plan.sysctl)) {
    const usual = name.endsWith("tcp_loose") ? 1 : 0;
    if (value !== usual) yield { ...plan, sysctl: { ...plan.sysctl, [name]: usual } };
  }
  yield* plainer(plan);
}

/**
 * Makes a session that differs smaller, on the live kernel, as long as it goes on differing: fewer packets, rules,
 * conditions and settings. What the kernel refuses to load is not smaller.
 */
export async function shrink(found: Played, most = 400): Promise<Shrunk> {
  let best: Shrunk = { played: found, differences: judge(found), tries: 0 };
  const attempt = async (plan: Plan): Promise<boolean> => {
    best = { ...best, tries: best.tries + 1 };
    // A fresh namespace each time: what a listener took of an earlier attempt would still be a socket here.
    const labs = createLabs();
    try {
      const played = await play(await labs.of(plan), plan);
      const differences = judge(played);
      if (differences.length > 0) best = { ...best, played, differences };
      return differences.length > 0;
    } catch {
      return false;
    } finally {
      await labs.close();
    }
  };
  for (let moved = true; moved; ) {
    moved = false;
    for (const plan of smaller(best.played.plan)) {
      if (best.tries >= most) return best;
      moved = await attempt(plan);
      if (moved) break;
    }
  }
  return best;
}
