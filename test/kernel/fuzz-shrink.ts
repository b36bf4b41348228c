import { judge } from "./fuzz-judge.ts";
import type { Labs } from "./fuzz-labs.ts";
import type { Played } from "./fuzz-run.ts";
import type { Difference } from "./lab-compare.ts";
import { runSession } from "./lab-session.ts";
import type { Session } from "./lab-types.ts";

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
  const used = (chain: string): boolean => lines.some((line) => new RegExp(`^-A ${chain} | -[jg] ${chain}$`).test(line));
  const tidy = lines.filter((line) => !/^:\S+ - /.test(line) || used(line.slice(1).split(" ")[0]!));
  if (tidy.length < lines.length) yield tidy.join("\n");
  for (const table of rules.match(/\*[^*]*COMMIT\n/g) ?? []) if (!/^-A/m.test(table)) yield rules.replace(table, "");
}

/** Sessions that are a little smaller than this one. */
function* smaller(session: Session): Generator<Session> {
  for (const packets of without(session.packets)) if (packets.length > 0) yield { ...session, packets };
  for (const rules of smallerRules(session.rules)) yield { ...session, rules };
  if (session.sockets?.length) yield { ...session, sockets: [] };
  for (const ipRules of without(session.ipRules ?? [])) yield { ...session, ipRules };
  for (const ipRoutes of without(session.ipRoutes ?? [])) yield { ...session, ipRoutes };
  for (const [name, value] of Object.entries(session.sysctl)) {
    const usual = name.endsWith("tcp_loose") ? 1 : 0;
    if (value !== usual) yield { ...session, sysctl: { ...session.sysctl, [name]: usual } };
  }
  for (const [at, packet] of session.packets.entries())
    for (const word of ["ttl", "tos", "mark", "groups", "payload"] as const)
      if (packet[word] !== undefined) {
        const { [word]: _, ...rest } = packet;
        yield { ...session, packets: session.packets.with(at, rest) };
      }
}

/**
 * Makes a session that differs smaller, on the live kernel, as long as it goes on differing: fewer packets, rules,
 * conditions and settings. What the kernel refuses to load is not smaller.
 */
export async function shrink(labs: Labs, found: Played, most = 400): Promise<Shrunk> {
  let best = found;
  let differences = judge(found);
  let tries = 0;
  const attempt = async (session: Session): Promise<boolean> => {
    tries++;
    const { flavour, seed } = found;
    try {
      const lab = await labs.of({ flavour, ipRules: session.ipRules ?? [], ipRoutes: session.ipRoutes ?? [] });
      const played: Played = { seed, flavour, session, observed: await runSession(lab, session) };
      const still = judge(played);
      if (still.length === 0) return false;
      best = played;
      differences = still;
      return true;
    } catch {
      return false;
    }
  };
  for (let moved = true; moved && tries < most; ) {
    moved = false;
    for (const session of smaller(best.session)) {
      if (tries >= most) break;
      if (await attempt(session)) {
        moved = true;
        break;
      }
    }
  }
  return { played: best, differences, tries };
}
