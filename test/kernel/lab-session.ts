import type { RouteSpec, RuleSpec } from "../../src/index.ts";
import type { ObservedEntry, ObservedHeaders } from "../recorded/cases.ts";
import type { Lab } from "./lab.ts";
import { readCounters, risen } from "./lab-counters.ts";
import { ip } from "./lab-layout.ts";
import { emptied, keepsNamedState, restoreTool, saveTool, tablesOf } from "./lab-rules.ts";
import type { Family, Observed, Session } from "./lab-types.ts";

const HOOK_INPUT = 1;

interface Seen extends ObservedHeaders {
  readonly hook: number;
}

interface Answer {
  readonly seen: readonly Seen[];
  readonly conntrack: readonly ObservedEntry[];
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

/** A route is of the family of its addresses, or of both if it has none. */
function routeLines(verb: string, route: RouteSpec): readonly string[] {
  const addresses = [route.to, route.via, route.src].filter((word) => word !== undefined && /[.:]/.test(word));
  const six = addresses.some((word) => word?.includes(":"));
  const line = `route ${verb} ${routeWords(route)}`;
  return addresses.length === 0 ? [line, `-6 ${line}`] : [six ? `-6 ${line}` : line];
}

function hostLines(verb: "add" | "del", rules: readonly RuleSpec[], routes: readonly RouteSpec[]): string {
  const lines = rules.flatMap((rule) => [`rule ${verb} ${ruleWords(rule)}`, `-6 rule ${verb} ${ruleWords(rule)}`]);
  return [...lines, ...routes.flatMap((route) => routeLines(verb, route))].join("\n");
}

async function setHost(lab: Lab, session: Session): Promise<void> {
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

async function reset(lab: Lab, session: Session): Promise<void> {
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
  for (const { src, dst, sport, dport, mark, ...rest } of seen) {
    const ports = sport === undefined ? {} : { sport, dport: dport! };
    const headers = { [device]: rest[device], src, dst, ...ports, mark };
    distinct.set(JSON.stringify(headers), headers);
  }
  return [...distinct.values()];
}

const entryOf = ({ proto, original, reply, mark, zone }: ObservedEntry): ObservedEntry => ({
  proto,
  original,
  reply,
  mark,
  ...(zone ? { zone } : {}),
});

/** Runs a session on the live kernel and tells, packet by packet, what it did. */
export async function runSession(lab: Lab, session: Session): Promise<Observed[]> {
  await reset(lab, session);
  const save = saveTool(session.family, lab.flavour);
  const tables = tablesOf(session.rules);
  let before = readCounters(await lab.agent.call<string>("save", { ns: "pod", save }));
  const observed: Observed[] = [];
  for (const packet of session.packets) {
    const answer = await lab.agent.call<Answer>("packet", { ns: "pod", family: session.family, packet, save });
    const after = readCounters(answer.save);
    const changed = Object.entries(risen(before, after)).filter(([place]) => tables.has(place.split(" ")[0]!));
    observed.push({
      counters: Object.fromEntries(changed),
      landing: headersOf(
        answer.seen.filter((seen) => seen.hook === HOOK_INPUT),
        "in",
      ),
      leaving: headersOf(
        answer.seen.filter((seen) => seen.hook !== HOOK_INPUT),
        "out",
      ),
      conntrack: answer.conntrack.map(entryOf),
      ...(answer.refused === undefined ? {} : { refused: answer.refused }),
    });
    before = after;
  }
  return observed;
}
