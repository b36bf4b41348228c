import { objectAt, unfit } from "../text/shape.ts";
import { PRINTED_INTERFACE, PRINTED_ROUTE, PRINTED_RULE } from "./printed.ts";
import { INTERFACE, ROUTE, RULE } from "./shapes.ts";
import type { InterfaceSpec, RouteSpec, RouteType, RuleSpec } from "./spec.ts";

type Json = Readonly<Record<string, unknown>>;

const text = (value: unknown): string | undefined => (value === undefined || value === null ? undefined : `${value}`);

/** A device, in the contract's form or as one element of `ip -j addr`. @throws TypeError for anything else */
export function readInterface(value: unknown, where: string, all: readonly unknown[] = [value]): InterfaceSpec {
  const json = objectAt(value, where);
  if (json["ifname"] !== undefined) {
    PRINTED_INTERFACE(json, where);
    const name = json["ifname"] as string;
    const addresses = ((json["addr_info"] ?? []) as readonly Json[])
      .filter((info) => info["local"] !== undefined)
      .map((info) => `${info["local"]}/${info["prefixlen"]}`);
    const ports = printedPorts(name, all as readonly Json[]);
    return { name, addresses, ...(ports && { ports }) };
  }
  INTERFACE(json, where);
  const { name, addresses = [], ports } = json as unknown as Partial<InterfaceSpec>;
  return { name: name!, addresses, ...(ports && { ports }) };
}

/**
 * The ports of a bridge by what `ip -j addr` prints of them all. A device may be the master of others without being a
 * bridge: only `ip -d` says which it is.
 */
function printedPorts(name: string, all: readonly Json[]): readonly string[] | undefined {
  const slaves = all.filter((one) => one?.["master"] === name);
  const kinds = slaves.map((one) => (one["linkinfo"] as Json | undefined)?.["info_slave_kind"]);
  if (kinds.includes(undefined)) return undefined;
  return slaves.filter((_, at) => kinds[at] === "bridge").map((one) => `${one["ifname"]}`);
}

/** A route, in the contract's form or as one element of `ip -j route show table all`; several for multipath. */
export function readRoute(value: unknown, where: string): RouteSpec[] {
  const json = objectAt(value, where);
  // `ip -j` says where to as `dst`, and much else.
  (json["dst"] === undefined || json["to"] !== undefined ? ROUTE : PRINTED_ROUTE)(json, where);
  const to = `${json["to"] ?? json["dst"]}`;
  const gateway = text(json["gateway"]) ?? text(hostOfVia(json["via"]));
  const common = defined({
    to,
    type: text(json["type"]) as RouteType | undefined,
    table: text(json["table"]),
    metric: json["metric"] === undefined ? undefined : Number(json["metric"]),
    src: text(json["src"]) ?? text(json["prefsrc"]),
    family: (json["family"] as "ipv4" | "ipv6" | undefined) ?? printedFamily(json),
  });
  const nexthops = json["nexthops"];
  if (Array.isArray(nexthops) && nexthops.length > 0) {
    const first = objectAt(nexthops[0], `${where}.nexthops[0]`);
    return [
      { ...common, ...defined({ via: text(first["gateway"]), dev: text(first["dev"]) }) } as unknown as RouteSpec,
    ];
  }
  return [{ ...common, ...defined({ via: gateway, dev: text(json["dev"]) }) } as unknown as RouteSpec];
}

/** A gateway of the other family is printed as `{"family":"inet6","host":"fe80::1"}`. */
const hostOfVia = (via: unknown): unknown => (typeof via === "object" && via !== null ? (via as Json)["host"] : via);

/** `ip -j` prints `{}` in place of what its filter left out. */
export const isLeftOut = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(value).length === 0;

/** `ip -j route` does not say the family of a default route without a gateway; only IPv6 routes have a preference. */
const printedFamily = (json: Json): "ipv4" | "ipv6" | undefined =>
  json["dst"] === undefined ? undefined : json["pref"] === undefined ? "ipv4" : "ipv6";

/** A policy rule, in the contract's form or as one element of `ip -j rule`. */
export function readRule(value: unknown, where: string): RuleSpec {
  const json = objectAt(value, where);
  // `ip -j` says where from as `src`, also where from everywhere.
  (json["src"] === undefined ? RULE : PRINTED_RULE)(json, where);
  const table = text(json["table"]);
  if (table === undefined) return unfit(`${where}.table`, "a routing table", json["table"]);
  const prefix = (name: string, length: string) => {
    const found = text(json[name]);
    if (found === undefined || found === "all" || found === "any") return undefined;
    return json[length] === undefined ? found : `${found}/${json[length]}`;
  };
  const mark = text(json["fwmark"]);
  const mask = text(json["fwmask"]);
  return defined({
    table,
    priority: json["priority"] === undefined ? undefined : Number(json["priority"]),
    fwmark: mark !== undefined && mask !== undefined ? `${mark}/${mask}` : mark,
    from: prefix("src", "srclen") ?? prefix("from", "fromlen"),
    to: prefix("dst", "dstlen") ?? prefix("to", "tolen"),
    iif: text(json["iif"]),
    oif: text(json["oif"]),
    // `ip -j` prints it as null.
    not: json["not"] === undefined || json["not"] === false ? undefined : true,
    suppressPrefixLength: json["suppress_prefixlength"] ?? json["suppressPrefixLength"],
    family: json["family"],
  }) as unknown as RuleSpec;
}

/** The same object without its undefined members. */
const defined = (record: Json): Json =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
