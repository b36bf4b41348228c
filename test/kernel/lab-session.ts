import type { RouteSpec, RuleSpec } from "../../src/index.ts";
import type { ObservedEntry, ObservedHeaders } from "../recorded/cases.ts";
import type { Lab } from "./lab.ts";
import { readCounters, risen } from "./lab-counters.ts";
import { ip } from "./lab-layout.ts";
import { emptied, keepsNamedState, restoreTool, saveTool, tablesOf } from "./lab-rules.ts";
import type { End, Family, LabPacket, Observed, Sent, Session } from "./lab-types.ts";

const HOOK_INPUT = 1;

interface Seen extends End, ObservedHeaders {
  readonly hook: number;
}

interface Answer {
  readonly seen: readonly Seen[];
  readonly conntrack: readonly ToldEntry[];
  readonly save: string;
  readonly refused?: string;
}

/** An option of `ip` with its value, if there is one. */
const option = (name: string, value: string | number | undefined): string =>
  value === undefined ? "" : ` ${name} ${value}`;

const ruleWords = (rule: RuleSpec): string =>
  `${rule.not ? "not " : ""}${option("from", rule.from ?? "all")}${option("to", rule.to)}${option("iif", rule.iif)}` +
  `${option("oif", rule.oif)}${option("fwmark", rule.fwmark)}${option("priority", rule.priority)}` +
  `${option("lookup", rule.table)}${option("suppress_prefixlength", rule.suppressPrefixLength)}`;

const routeWords = (route: RouteSpec): string =>
  `${route.type ?? ""} ${route.to}${option("via", route.via)}${option("dev", route.dev)}${option("src", route.src)}` +
  `${option("metric", route.metric)}${option("table", route.table)}`;

/** A line of `ip` for the family of these words, or one for each family if there is no address among them. */
function familyLines(line: string, words: readonly (string | undefined)[]): readonly string[] {
  const addresses = words.filter((word) => word !== undefined && /[.:]/.test(word));
  if (addresses.length === 0) return [line, `-6 ${line}`];
  return [addresses.some((word) => word?.includes(":")) ? `-6 ${line}` : line];
}

function hostLines(verb: "add" | "del", rules: readonly RuleSpec[], routes: readonly RouteSpec[]): string {
  const lines = rules.flatMap((rule) => familyLines(`rule ${verb} ${ruleWords(rule)}`, [rule.from, rule.to]));
  return [
    ...lines,
    ...routes.flatMap((route) => familyLines(`route ${verb} ${routeWords(route)}`, [route.to, route.via, route.src])),
  ].join("\n");
}

async function setHost(lab: Lab, session: Setting): Promise<void> {
  const { agent, state } = lab;
  const { ipRules = [], ipRoutes = [] } = session;
  if (JSON.stringify([ipRules, ipRoutes]) !== JSON.stringify([state.ipRules, state.ipRoutes])) {
    await ip(agent, "pod", hostLines("del", state.ipRules, state.ipRoutes));
    await ip(agent, "pod", hostLines("add", ipRules, ipRoutes));
    state.ipRules = ipRules;
    state.ipRoutes = ipRoutes;
  }
  const values = { ...state.sysctl, ...session.sysctl };
  const before = await agent.call<Record<string, string | null>>("sysctl", { ns: "pod", values });
  for (const [name, value] of Object.entries(before)) {
    if (value === null) throw new RangeError(`this kernel has no sysctl ${name}`);
    state.sysctl[name] ??= Number(value);
  }
}

/** Loads restore text; tables that it does not name become empty. */
async function load(lab: Lab, family: Family, rules: string): Promise<void> {
  await lab.agent.run("pod", restoreTool(family, lab.flavour), emptied(rules) + rules);
}

async function reset(lab: Lab, session: Setting): Promise<void> {
  const { agent, state } = lab;
  await agent.call("deaf", { ns: "pod" });
  await setHost(lab, session);
  const other = session.family === 4 ? 6 : 4;
  if (state.family === other) await load(lab, other, "");
  if (keepsNamedState(session.rules)) await load(lab, session.family, "");
  await load(lab, session.family, session.rules);
  state.family = session.family;
  await agent.call("flush", { ns: "pod" });
  await agent.call("listen", { ns: "pod", sockets: session.sockets ?? [] });
}

/** Headers as a set: a packet that passes an end twice in the same form counts once. */
function headersOf(seen: readonly Seen[], device: "in" | "out"): readonly ObservedHeaders[] {
  const distinct = new Map<string, ObservedHeaders>();
  for (const { src, dst, sport, dport, mark, ttl, tos, ...rest } of seen) {
    const ports = sport === undefined ? {} : { sport, dport: dport! };
    const headers = {
      [device]: rest[device],
      src,
      dst,
      ...ports,
      mark,
      ...(ttl !== undefined && { ttl }),
      ...(tos !== undefined && { tos }),
    };
    distinct.set(JSON.stringify(headers), headers);
  }
  return [...distinct.values()];
}

/** An entry as ctnetlink tells it: a zone is of both directions, or of one. */
interface ToldEntry extends Omit<ObservedEntry, "detail"> {
  readonly zone: number;
  readonly zoneOriginal?: number;
  readonly zoneReply?: number;
  readonly status: number;
  readonly tcp?: number;
  readonly timeout: number;
}

const entryOf = (told: ToldEntry): ObservedEntry => {
  const { proto, original, reply, mark, zone, zoneOriginal = zone, zoneReply = zone, status, tcp, timeout } = told;
  const detail = { zones: [zoneOriginal, zoneReply] as const, status, ...(tcp !== undefined && { tcp }), timeout };
  return { proto, original, reply, mark, ...(zone ? { zone } : {}), detail };
};

/** A session whose packets are made one by one. */
export type Setting = Omit<Session, "packets">;

function observedOf(answer: Answer, before: ReadonlyMap<string, number>, tables: ReadonlySet<string>): Observed {
  const changed = Object.entries(risen(before, readCounters(answer.save)));
  const passed = (input: boolean): readonly Seen[] => answer.seen.filter(({ hook }) => (hook === HOOK_INPUT) === input);
  return {
    counters: Object.fromEntries(changed.filter(([place]) => tables.has(place.split(" ")[0]!))),
    landing: headersOf(passed(true), "in"),
    leaving: headersOf(passed(false), "out"),
    conntrack: answer.conntrack.map(entryOf),
    ...(answer.refused === undefined ? {} : { refused: answer.refused }),
  };
}

/** Runs a session whose next packet may depend on what became of the earlier ones; undefined ends it. */
export async function runSteps(
  lab: Lab,
  session: Setting,
  next: (sent: readonly Sent[]) => LabPacket | undefined,
): Promise<Sent[]> {
  await reset(lab, session);
  const { family, rules } = session;
  const save = saveTool(family, lab.flavour);
  const tables = tablesOf(rules);
  let before = await lab.agent.call<string>("save", { ns: "pod", save });
  const sent: Sent[] = [];
  for (let packet = next(sent); packet !== undefined; packet = next(sent)) {
    const answer = await lab.agent.call<Answer>("packet", { ns: "pod", family, packet, save });
    // An ICMP error that REJECT sent, where it was let, is no end of a packet with ports.
    const { dport } = packet;
    const end = answer.seen.findLast((one) => dport === undefined || one.dport !== undefined);
    sent.push({ packet, observed: observedOf(answer, readCounters(before), tables), ...(end && { end }) });
    before = answer.save;
  }
  return sent;
}

/** Runs a session on the live kernel and tells, packet by packet, what it did. */
export async function runSession(lab: Lab, session: Session): Promise<Observed[]> {
  const sent = await runSteps(lab, session, ({ length }) => session.packets[length]);
  return sent.map(({ observed }) => observed);
}
