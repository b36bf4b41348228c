import type { Ruleset } from "../../iptables/ruleset/ruleset.ts";
import { createNetns } from "../../netns/netns.ts";
import type { NetnsSpec } from "../../netns/spec.ts";
import { unknownName } from "../../text/shape.ts";
import type { Actor } from "../actors/actor.ts";
import { type ApplicationSettings, application } from "../actors/application.ts";
import { type SidecarSettings, sidecar } from "../actors/sidecar.ts";
import { type ZtunnelSettings, ztunnel } from "../actors/ztunnel.ts";
import { readIstio } from "../istio/given.ts";
import { kubeProxyNode } from "./kube-node.ts";
import { podPlace, socketsOf } from "./pod.ts";
import { type NodeJson, type PlaceJson, type PodJson, WORLD } from "./shapes.ts";
import type { Place, World } from "./world.ts";

/** Reads dump files; `assume` fills what listings hide. The caller knows where files are. */
export type LoadDumps = (files: readonly string[], assume: readonly string[]) => readonly Ruleset[];

const listed = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

function actorOf(json: { readonly kind: string }): Actor {
  if (json.kind === "sidecar") return sidecar(json as SidecarSettings);
  if (json.kind === "ztunnel") return ztunnel(json as ZtunnelSettings);
  return application(json as unknown as ApplicationSettings);
}

/** A place whose shape was looked at. */
function placeOf(json: PlaceJson, where: string, load: LoadDumps): Place {
  const { kind = "pod", name, gateway, device } = json;
  const files = listed(json.dump);
  const rulesets = files.length === 0 ? undefined : load(files, listed(json.assume));
  const actors = (json.actors ?? []).map(actorOf);
  const netns = (json.netns ?? {}) as NetnsSpec;
  const wires = { ...(gateway !== undefined && { gateway }), ...(device !== undefined && { device }) };
  const common = { name, actors, netns, ...(rulesets && { rulesets }) };
  const place = inPlace(where, (): Place => {
    if (kind === "pod") {
      const { addresses, gateways, istio } = json as PodJson;
      const rules = istio === undefined ? {} : { istio: readIstio(istio) };
      return podPlace({ ...common, addresses: listed(addresses), gateways: listed(gateways), ...rules });
    }
    if (kind === "node") {
      const { nodeIPs, gateways, services = {}, ...node } = json as NodeJson;
      return kubeProxyNode({ ...node, ...common, nodeIPs: listed(nodeIPs), gateways: listed(gateways), services });
    }
    const sockets = actors.length > 0 ? { sockets: socketsOf(actors) } : {};
    return { name, actors, netns: createNetns({ rulesets: rulesets ?? [], ...sockets, ...netns }) };
  });
  if (device !== undefined && !place.netns.host.devices.has(device))
    unknownName(`${where}.device`, [...place.netns.host.devices.keys()], device);
  return { ...place, ...wires };
}

/** What a namespace refuses is told with the path from the world. */
function inPlace<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new TypeError(`${where}.${error.message}`);
    throw error;
  }
}

/** Names that lead to a place: each is there, and only once. */
function checkNames(places: readonly Place[]): void {
  const names = places.map(({ name }) => name);
  for (const [at, { name, gateway }] of places.entries()) {
    if (names.indexOf(name) !== at)
      throw new TypeError(`places[${at}].name: expected a name of its own, got that of places[${names.indexOf(name)}]`);
    if (gateway !== undefined && !names.includes(gateway)) unknownName(`places[${at}].gateway`, names, gateway);
  }
}

/**
 * A world from JSON: `{ "places": [ … ] }`, each place a `pod` (the default), a `node` with kube-proxy, or a plain
 * `netns`. docs/worlds.md names every member; they are those of `podPlace`, `kubeProxyNode` and `createNetns`.
 *
 * @throws TypeError with the path of the member that is wrong; ParseError from the arguments of istio-iptables
 */
export function readWorld(value: unknown, load: LoadDumps): World {
  WORLD(value, "world");
  const json = value as { readonly places: readonly PlaceJson[] };
  const places = json.places.map((one, at) => placeOf(one, `places[${at}]`, load));
  checkNames(places);
  return { places };
}
