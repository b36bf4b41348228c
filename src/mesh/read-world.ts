import type { NetnsSpec } from "../netns/spec.ts";
import type { Ruleset } from "../ruleset/ruleset.ts";
import { createNetns } from "../traverse/netns.ts";
import { type ApplicationSettings, application } from "./application.ts";
import type { IstioSettings } from "./istio-config.ts";
import { istioSettings } from "./istio-flags.ts";
import { type KubeProxyNodeSettings, kubeProxyNode } from "./kube-proxy.ts";
import { type PodSettings, podPlace, socketsOf } from "./pod.ts";
import { type SidecarSettings, sidecar } from "./sidecar.ts";
import type { Actor, Place, World } from "./world.ts";
import { type ZtunnelSettings, ztunnel } from "./ztunnel.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads dump files; `assume` fills what listings hide. The caller knows where files are. */
export type LoadDumps = (files: readonly string[], assume: readonly string[]) => readonly Ruleset[];

const fail = (where: string, expected: string, got: unknown): never => {
  throw new TypeError(`${where}: expected ${expected}, got ${JSON.stringify(got) ?? "nothing"}`);
};

function objectOf(value: unknown, where: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail(where, "an object", value);
  return value as Json;
}

/** An object without other members than these: a misspelt one would change the answer in silence. */
function membersOf(value: unknown, where: string, members: readonly string[]): Json {
  const json = objectOf(value, where);
  for (const key of Object.keys(json))
    if (!members.includes(key)) fail(`${where}.${key}`, `one of ${members.join(", ")}`, key);
  return json;
}

const textsOf = (value: unknown, where: string): readonly string[] => {
  const list = value === undefined ? [] : typeof value === "string" ? [value] : value;
  if (!Array.isArray(list) || list.some((one) => typeof one !== "string"))
    return fail(where, "a text or a list of texts", value);
  return list as string[];
};

const PROXY = ["kind", "uid", "gid", "bind", "mark", "upstreams", "resolvers"];
const ACTORS: Readonly<Record<string, { readonly members: readonly string[]; readonly make: (json: Json) => Actor }>> =
  {
    sidecar: {
      members: [...PROXY, "mode", "outboundPort", "inboundPort", "tunnelPort", "dnsPort", "hbone", "tproxyMark"],
      make: (json) => sidecar(json as SidecarSettings),
    },
    ztunnel: { members: [...PROXY, "plain"], make: (json) => ztunnel(json as ZtunnelSettings) },
    application: {
      members: ["kind", "name", "ports", "proto"],
      make: (json) => application(json as unknown as ApplicationSettings),
    },
  };

function actorOf(value: unknown, where: string): Actor {
  const kind = objectOf(value, where)["kind"];
  const known = typeof kind === "string" && Object.hasOwn(ACTORS, kind) ? ACTORS[kind] : undefined;
  if (known === undefined) return fail(`${where}.kind`, `one of ${Object.keys(ACTORS).join(", ")}`, kind);
  const json = membersOf(value, where, known.members);
  if (kind === "application" && !(Array.isArray(json["ports"]) && json["ports"].every(Number.isInteger)))
    return fail(`${where}.ports`, "a list of ports", json["ports"]);
  return known.make(json);
}

function actorsOf(value: unknown, where: string): Actor[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return fail(where, "a list", value);
  return value.map((one, at) => actorOf(one, `${where}[${at}]`));
}

/** Settings by their names, or the arguments of istio-iptables. */
const istioOf = (value: unknown, where: string): IstioSettings =>
  Array.isArray(value) ? istioSettings(textsOf(value, where)).settings : (objectOf(value, where) as IstioSettings);

const COMMON = ["kind", "name", "dump", "assume", "actors", "netns", "gateway", "device"];
const POD = ["addresses", "gateways", "istio"];
const NODE = [
  "nodeIPs",
  "podCIDR",
  "clusterCIDR",
  "gateways",
  "nodes",
  "services",
  "nodePorts",
  "masqueradeAll",
  "masqueradeMark",
];
const KINDS: Readonly<Record<string, readonly string[]>> = {
  pod: [...COMMON, ...POD],
  node: [...COMMON, ...NODE],
  netns: COMMON,
};

function placeOf(value: unknown, where: string, load: LoadDumps): Place {
  const { kind = "pod" } = objectOf(value, where);
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind))
    return fail(`${where}.kind`, `one of ${Object.keys(KINDS).join(", ")}`, kind);
  const json = membersOf(value, where, KINDS[kind]!);
  if (typeof json["name"] !== "string") fail(`${where}.name`, "a name", json["name"]);
  const name = json["name"] as string;
  const files = textsOf(json["dump"], `${where}.dump`);
  const rulesets = files.length === 0 ? undefined : load(files, textsOf(json["assume"], `${where}.assume`));
  const actors = actorsOf(json["actors"], `${where}.actors`);
  const netns = (json["netns"] === undefined ? {} : objectOf(json["netns"], `${where}.netns`)) as NetnsSpec;
  const wires = {
    ...(json["gateway"] !== undefined && { gateway: json["gateway"] as string }),
    ...(json["device"] !== undefined && { device: json["device"] as string }),
  };
  const common = { name, actors, netns, ...(rulesets && { rulesets }) };
  if (kind === "pod") {
    const addresses = textsOf(
      json["addresses"] ?? fail(`${where}.addresses`, "addresses", undefined),
      `${where}.addresses`,
    );
    const gateways = textsOf(json["gateways"], `${where}.gateways`);
    const istio = json["istio"] === undefined ? {} : { istio: istioOf(json["istio"], `${where}.istio`) };
    return { ...podPlace({ ...common, addresses, gateways, ...istio } satisfies PodSettings), ...wires };
  }
  if (kind === "node") {
    const { nodeIPs, podCIDR, services = {} } = json;
    const node = { ...json, ...common, nodeIPs: textsOf(nodeIPs, `${where}.nodeIPs`), services };
    if (podCIDR === undefined) fail(`${where}.podCIDR`, "the pods' network", podCIDR);
    return { ...kubeProxyNode(node as unknown as KubeProxyNodeSettings), ...wires };
  }
  const sockets = actors.length > 0 ? { sockets: socketsOf(actors) } : {};
  return { name, actors, netns: createNetns({ rulesets: rulesets ?? [], ...sockets, ...netns }), ...wires };
}

/**
 * A world from JSON: `{ "places": [ … ] }`, each place a `pod` (the default), a `node` with kube-proxy, or a plain
 * `netns`; `nfwalk journey --help` lists the members, which are those of `podPlace`, `kubeProxyNode` and `createNetns`.
 *
 * @throws TypeError naming the member that is wrong; ParseError and RangeError from Istio's settings
 */
export function readWorld(value: unknown, load: LoadDumps): World {
  const { places } = membersOf(value, "world", ["places"]);
  if (!Array.isArray(places) || places.length === 0) return fail("world.places", "a list of places", places);
  return { places: places.map((one, at) => placeOf(one, `places[${at}]`, load)) };
}
