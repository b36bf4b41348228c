/** Connections through a pod whose inbound and outbound connections REDIRECT catches. */
import { readFileSync } from "node:fs";
import type { SidecarSettings } from "../../src/index.ts";
import { type JourneyCase, withRules } from "./journey-types.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");

/** The lines of the standard rules with those of ISTIO_OUTPUT in another order: `order` are rules as numbers from 1. */
function reordered(family: Family, order: readonly number[]): string {
  const lines = fixture(`istio-1.5.v${family}.rules`).split("\n");
  const own = lines.filter((line) => line.startsWith("-A ISTIO_OUTPUT "));
  const first = lines.indexOf(own[0]!);
  const rest = lines.filter((line) => !own.includes(line));
  return [...rest.slice(0, first), ...order.map((rule) => own[rule - 1]!), ...rest.slice(first)].join("\n");
}

/** Whoever is not the proxy. */
export const APP = { uid: 1000, gid: 1000 };

/** The port of the first releases' one inbound rule. */
export const OLD_PORT = 7070;

export const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

export function redirectCases(family: Family): readonly JourneyCase[] {
  const { pod, peer, vip } = ADDRESSES[family];
  const standard = reordered(family, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const inbound = { from: "peer", connection: { dst: pod, dport: 80 } } as const;
  const envoy = (settings: SidecarSettings) => withRules(standard, settings);
  const good = { pod: envoy({}), end: "application" } as const;
  const both: readonly JourneyCase[] = [
    { ...good, ...inbound, name: "peer → pod:80" },
    { ...good, name: "app → peer:80", from: "pod", connection: { dst: peer, dport: 80, ...APP } },
    { ...good, name: "app → own VIP, round by the node", from: "pod", connection: { dst: vip, dport: 80, ...APP } },
    {
      ...good,
      name: "app → own VIP, whose endpoint Envoy knows",
      pod: envoy({ upstreams: { [endpoint(vip, 80)]: [endpoint(pod, 80)] } }),
      from: "pod",
      connection: { dst: vip, dport: 80, ...APP },
    },
    { ...good, name: "peer → VIP", from: "peer", connection: { dst: vip, dport: 80 } },
    {
      ...inbound,
      name: "loop: rule 1 removed",
      pod: withRules(reordered(family, [2, 3, 4, 5, 6, 7, 8, 9])),
      end: "loop",
    },
    {
      ...inbound,
      name: "no loop: rules 1 and 2 removed",
      pod: withRules(reordered(family, [3, 4, 5, 6, 7, 8, 9])),
      end: "application",
    },
    {
      ...inbound,
      name: "loop: rules 1 and 2 swapped",
      pod: withRules(reordered(family, [2, 1, 3, 4, 5, 6, 7, 8, 9])),
      end: "loop",
    },
    { ...inbound, name: "loop: Envoy bound to the pod's address", pod: envoy({ bind: pod }), end: "loop" },
    {
      name: "loop: Envoy is not 1337",
      pod: envoy({ uid: 1001, gid: 1001 }),
      from: "pod",
      connection: { dst: peer, dport: 80, ...APP },
      end: "loop",
    },
  ];
  if (family === 6) return both;
  const old = { from: "peer", connection: { dst: pod, dport: OLD_PORT } } as const;
  const rules = fixture("istio-first-releases.v4.rules");
  const upstreams = { [endpoint(pod, OLD_PORT)]: [endpoint("127.0.0.1", OLD_PORT)] };
  return [
    ...both,
    { ...old, name: "loop: the first releases", pod: withRules(rules), end: "loop" },
    {
      ...old,
      name: "no loop: the first releases, with a cluster at 127.0.0.1",
      pod: withRules(rules, { upstreams }),
      end: "application",
    },
  ];
}
