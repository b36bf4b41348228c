import type { Actor } from "../../src/mesh/actors/actor.ts";
import { application } from "../../src/mesh/actors/application.ts";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";
import type { JourneyHop } from "../../src/mesh/journey/types.ts";
import { kubeProxyNode } from "../../src/mesh/world/kube-node.ts";
import { podPlace } from "../../src/mesh/world/pod.ts";
import type { World } from "../../src/mesh/world/world.ts";

/** What init containers of today's releases are given. */
export const STANDARD: IstioSettings = {
  inboundPortsInclude: "*",
  outboundIPRangesInclude: "*",
  inboundPortsExclude: "15090,15021,15020",
};

const CLIENT = "10.10.20.7";
const SERVER = "10.10.20.9";
const SERVICE = "10.96.44.5:8000";
export const UPSTREAMS: Readonly<Record<string, readonly string[]>> = { [SERVICE]: [`${SERVER}:80`] };

/** A connection as curl in the client's pod opens it. */
export const CURL: string = `tcp -> ${SERVICE} uid=100 gid=101 from=sleep`;

/** Two pods of one node, each alone in its subnet, as with Calico: whatever leaves one comes by the node. */
export function twoPods(options: {
  readonly istio: IstioSettings;
  readonly proxies: { readonly client: Actor; readonly server: Actor };
  readonly services?: Readonly<Record<string, readonly string[]>>;
}): World {
  const { istio, proxies, services = UPSTREAMS } = options;
  const gateways = ["10.10.20.1"];
  const { client, server } = proxies;
  return {
    places: [
      podPlace({ name: "sleep", addresses: [`${CLIENT}/32`], gateways, istio, actors: [client] }),
      podPlace({
        name: "httpbin",
        addresses: [`${SERVER}/32`],
        gateways,
        istio,
        actors: [server, application({ name: "gunicorn", ports: [80] })],
      }),
      kubeProxyNode({ nodeIPs: ["192.168.5.4/24"], gateways: ["192.168.5.1"], podCIDR: "10.10.20.0/24", services }),
    ],
  };
}

/** The rules of one table that a hop matched, `ISTIO_OUTPUT 9`. */
export const rulesOf = ({ walk }: JourneyHop, table = "nat"): string[] =>
  walk.steps.flatMap((step) => ("rule" in step && step.table === table ? [`${step.chain} ${step.rule}`] : []));

/** A hop as one line: who opened what as whom, and where it came out. */
export function hopLine({ place, how, by, packet, walk, acceptedBy, original }: JourneyHop): string {
  const { fate } = walk;
  const owner = packet.uid === undefined ? "" : ` as ${packet.uid}:${packet.gid}`;
  const mark = packet.mark ? ` mark ${packet.mark}` : "";
  const from = packet.src === undefined ? "" : `${packet.src} `;
  const head = `${place}: ${by} ${how === "open" ? "opens" : "sends"} ${from}→ ${packet.dst}:${packet.dport}${owner}${mark}`;
  if (fate.kind === "sent") return `${head}; out ${fate.out}: ${fate.src} → ${fate.dst}:${fate.dport}`;
  if (fate.kind !== "delivered") return `${head}; ${fate.kind}`;
  const dialled = original === null ? "" : `, original ${original.address}:${original.port}`;
  return `${head}; ${acceptedBy} at ${fate.socket?.address}:${fate.socket?.port} by ${fate.in}, peer ${fate.src}${dialled}`;
}
