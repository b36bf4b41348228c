import { readAddress, readPrefix } from "../../net/address.ts";
import { readEnd } from "../../net/endpoint.ts";
import {
  anything,
  flag,
  listOf,
  objectAt,
  oneOf,
  oneOrMore,
  port,
  recordOf,
  type Shape,
  shapeOf,
  text,
  thatIs,
  uint32,
  unfit,
  unknownName,
} from "../../text/shape.ts";
import type { ApplicationSettings } from "../actors/application.ts";
import type { SidecarSettings } from "../actors/sidecar.ts";
import type { ZtunnelSettings } from "../actors/ztunnel.ts";
import { ISTIO } from "../istio/given.ts";
import type { KubeProxyNodeSettings } from "./kube-node.ts";

// What a world in JSON holds, member by member (docs/worlds.md): one line for each, or nothing compiles.

const takes =
  (read: (value: string) => unknown) =>
  (value: unknown): boolean => {
    try {
      return typeof value === "string" && read(value) !== undefined;
    } catch {
      return false;
    }
  };

const address: Shape = thatIs("an IPv4 or IPv6 address", takes(readAddress));
/** `10.244.1.20/24`; the length must be there, since it says who is a neighbour. */
const ownAddress: Shape = thatIs(
  'an address with its length, such as "10.244.1.20/24"',
  takes((value) => (/\/\d+$/.test(value) ? readPrefix(value) : undefined)),
);
const prefix: Shape = thatIs('a prefix such as "10.244.1.0/24"', takes(readPrefix));
const end: Shape = thatIs('an address and a port, such as "10.96.0.50:80"', takes(readEnd));
const service: Shape = thatIs(
  'an address and a port, such as "10.96.0.50:80" or "10.96.0.10:53/udp"',
  takes((value) => readEnd(value.replace(/\/(?:tcp|udp|sctp)$/, ""))),
);
const portText: Shape = thatIs(
  "a port from 1 to 65535",
  (value) => /^[1-9]\d{0,4}$/.test(`${value}`) && Number(value) <= 65535,
);

const PROXY = {
  uid: uint32,
  gid: uint32,
  bind: address,
  mark: uint32,
  upstreams: recordOf(listOf(end), end),
  resolvers: listOf(end),
};

const ACTORS: Readonly<Record<"sidecar" | "ztunnel" | "application", Shape>> = {
  sidecar: shapeOf<SidecarSettings & { readonly kind: string }>({
    kind: anything,
    ...PROXY,
    mode: oneOf("REDIRECT", "TPROXY"),
    outboundPort: port,
    inboundPort: port,
    tunnelPort: port,
    dnsPort: port,
    hbone: flag,
    tproxyMark: uint32,
  }),
  ztunnel: shapeOf<ZtunnelSettings & { readonly kind: string }>({ kind: anything, ...PROXY, plain: listOf(end) }),
  application: shapeOf<ApplicationSettings & { readonly kind: string }>(
    { kind: anything, name: text("a name"), ports: listOf(port), proto: oneOf("tcp", "udp", "sctp") },
    ["ports"],
  ),
};

const isKind = <K extends string>(shapes: Readonly<Record<K, Shape>>, kind: unknown): kind is K =>
  typeof kind === "string" && Object.hasOwn(shapes, kind);

/** An object whose `kind` chooses its shape. */
const byKind =
  <K extends string>(shapes: Readonly<Record<K, Shape>>, usual?: K): Shape =>
  (value, where) => {
    const { kind = usual } = objectAt(value, where);
    if (isKind(shapes, kind)) return shapes[kind](value, where);
    oneOf(...Object.keys(shapes))(kind, `${where}.kind`);
  };

/** What `createNetns` takes but the rules, which a dump holds; it looks at the rest itself. */
const netns: Shape = (value, where) => {
  const { rulesets } = objectAt(value, where);
  if (rulesets !== undefined) unfit(`${where}.rulesets`, "no rules here", rulesets, "name their file in dump");
};

/** What every place may have. */
export interface PlaceJson {
  readonly kind?: string;
  readonly name: string;
  readonly dump?: string | readonly string[];
  readonly assume?: string | readonly string[];
  readonly actors?: readonly { readonly kind: string }[];
  readonly netns?: object;
  readonly gateway?: string;
  readonly device?: string;
}

export interface PodJson extends PlaceJson {
  readonly addresses: string | readonly string[];
  readonly gateways?: string | readonly string[];
  readonly istio?: unknown;
}

type NodeSettings = Omit<KubeProxyNodeSettings, "name" | "rulesets" | "actors" | "netns">;
export interface NodeJson extends PlaceJson, NodeSettings {}

const PLACE = {
  kind: anything,
  name: text("a name"),
  dump: oneOrMore(text("a file")),
  assume: oneOrMore(text('an assumption such as "istio"')),
  actors: listOf(byKind(ACTORS)),
  netns,
  gateway: text("the name of a place"),
  device: text("the name of a device"),
};

const NODE: Shape = shapeOf<NodeJson>(
  {
    ...PLACE,
    nodeIPs: oneOrMore(ownAddress),
    podCIDR: oneOrMore(prefix),
    clusterCIDR: oneOrMore(prefix),
    gateways: oneOrMore(address),
    nodes: recordOf(address, prefix),
    services: recordOf(listOf(end), service),
    nodePorts: recordOf(service, portText),
    masqueradeAll: flag,
    masqueradeMark: uint32,
  },
  ["name", "nodeIPs", "podCIDR"],
);

/** A node whose ports lead to services that it has. */
const node: Shape = (value, where) => {
  NODE(value, where);
  const { services = {}, nodePorts = {} } = value as NodeJson;
  const known = Object.keys(services);
  for (const [at, to] of Object.entries(nodePorts))
    if (!known.some((one) => one.replace(/\/tcp$/, "") === to.replace(/\/tcp$/, "")))
      unknownName(`${where}.nodePorts[${at}]`, known, to);
};

const PLACES: Readonly<Record<"pod" | "node" | "netns", Shape>> = {
  pod: shapeOf<PodJson>({ ...PLACE, addresses: oneOrMore(ownAddress), gateways: oneOrMore(address), istio: ISTIO }, [
    "name",
    "addresses",
  ]),
  node,
  netns: shapeOf<PlaceJson>(PLACE, ["name"]),
};

const PLACE_OF_A_KIND: Shape = byKind(PLACES, "pod");

/** A world: `{ "places": [ … ] }`. */
export const WORLD: Shape = (value, where) => {
  shapeOf<{ readonly places: readonly PlaceJson[] }>({ places: anything }, [])(value, where);
  const { places } = objectAt(value, where);
  if (!Array.isArray(places) || places.length === 0) unfit(`${where}.places`, "a list of places", places);
  listOf(PLACE_OF_A_KIND)(places, "places");
};
