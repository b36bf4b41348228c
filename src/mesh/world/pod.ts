import type { SocketSpec } from "../../host/spec.ts";
import type { Ruleset } from "../../iptables/ruleset/ruleset.ts";
import { familyOf } from "../../net/endpoint.ts";
import { createNetns } from "../../netns/netns.ts";
import type { NetnsSpec } from "../../netns/spec.ts";
import type { Actor } from "../actors/actor.ts";
import type { IstioSettings } from "../istio/config.ts";
import { istioIptables } from "../istio/iptables.ts";
import type { Place } from "./world.ts";

/** What {@link podPlace} takes. */
export interface PodSettings {
  readonly name: string;
  /** `10.244.1.10/24`, at most one a family. With `/32` (`/128`) whatever leaves goes to the gateway. */
  readonly addresses: readonly string[];
  /** Addresses of its default gateways, one a family: usually its node's. */
  readonly gateways?: readonly string[];
  /** The pod's rules as Istio writes them, with the routing that goes with them. */
  readonly istio?: IstioSettings;
  /** The pod's rules as they were read. */
  readonly rulesets?: readonly Ruleset[];
  readonly actors?: readonly Actor[];
  /** Whatever else there is to say of the namespace: it stands in place of what follows from the others. */
  readonly netns?: NetnsSpec;
  /** The place that packets leave to, where no place has the gateway's address. */
  readonly gateway?: string;
}

/** The sockets of actors: each port on all addresses of both families. They are the whole truth of a place. */
export const socketsOf = (actors: readonly Actor[]): SocketSpec[] =>
  actors.flatMap(({ ports }) =>
    ports.flatMap(({ proto, port, transparent = false }) =>
      (proto === undefined ? (["tcp", "udp"] as const) : [proto]).flatMap((one) =>
        ["0.0.0.0", "::"].map((address) => ({ proto: one, address, port, transparent })),
      ),
    ),
  );

/**
 * A pod: `lo`, `eth0`, a default route, rules, and actors that listen.
 *
 * @example
 * podPlace({ name: "sleep", addresses: ["10.244.1.20/24"], istio: { inboundPortsInclude: "*" }, actors: [sidecar()] });
 */
export function podPlace(settings: PodSettings): Place {
  const { name, addresses, gateways = [], istio, actors = [], gateway } = settings;
  const written = istio && istioIptables(istio);
  const rulesets = [
    ...(settings.rulesets ?? []),
    ...(written ? [written.ipv4, ...(written.ipv6 === null ? [] : [written.ipv6])] : []),
  ];
  const netns = createNetns({
    rulesets,
    interfaces: [
      { name: "lo", addresses: ["127.0.0.1/8", "::1/128", ...(written?.host.loopback ?? [])] },
      { name: "eth0", addresses },
    ],
    routes: [
      // The gateway of an address that is alone in its subnet is reached by a route of its own, as CNI plugins write it.
      ...gateways.map((to) => ({ to: `${to}/${familyOf(to) === "ipv6" ? 128 : 32}`, dev: "eth0" })),
      ...gateways.map((via) => ({ to: "default", via, dev: "eth0", family: familyOf(via) })),
      ...(written?.host.routes ?? []),
    ],
    rules: written?.host.rules ?? [],
    sockets: socketsOf(actors),
    ...settings.netns,
  });
  return { name, netns, actors, ...(gateway !== undefined && { gateway }) };
}
