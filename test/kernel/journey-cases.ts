/** Connections through a pod with a relaying stand-in for Envoy, on the kernel and as journeys. */
import { readFileSync } from "node:fs";
import { ADDRESSES, type Place } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

/** What the stand-in is told, and the sidecar of the journey with it. */
export interface RelaySettings {
  readonly uid?: number;
  readonly gid?: number;
  /** What inbound connections are opened from; default 127.0.0.6 or ::6. */
  readonly bind?: string;
  readonly upstreams?: Readonly<Record<string, string>>;
}

export interface JourneyCase {
  readonly name: string;
  readonly rules: string;
  readonly relay: RelaySettings;
  readonly from: Place;
  readonly connection: { readonly dst: string; readonly dport: number; readonly uid?: number; readonly gid?: number };
  readonly loops: boolean;
}

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8");

/** The lines of the standard rules with those of ISTIO_OUTPUT in another order: `order` are rules as numbers from 1. */
function reordered(family: Family, order: readonly number[]): string {
  const lines = fixture(`istio-1.5.v${family}.rules`).split("\n");
  const own = lines.filter((line) => line.startsWith("-A ISTIO_OUTPUT "));
  const first = lines.indexOf(own[0]!);
  const rest = lines.filter((line) => !own.includes(line));
  return [...rest.slice(0, first), ...order.map((rule) => own[rule - 1]!), ...rest.slice(first)].join("\n");
}

const APP = { uid: 1000, gid: 1000 };

/** The port of the first releases' one inbound rule. */
export const OLD_PORT = 7070;

export function journeyCases(family: Family): readonly JourneyCase[] {
  const { pod, peer, vip } = ADDRESSES[family];
  const standard = reordered(family, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const inbound = { from: "peer", connection: { dst: pod, dport: 80 } } as const;
  const good = { rules: standard, relay: {}, loops: false };
  const bad = { rules: standard, relay: {}, loops: true };
  const both: readonly JourneyCase[] = [
    { ...good, ...inbound, name: "peer → pod:80" },
    { ...good, name: "app → peer:80", from: "pod", connection: { dst: peer, dport: 80, ...APP } },
    { ...good, name: "app → own VIP, round by the node", from: "pod", connection: { dst: vip, dport: 80, ...APP } },
    {
      ...good,
      name: "app → own VIP, whose endpoint Envoy knows",
      relay: { upstreams: { [`${vip} 80`]: `${pod} 80` } },
      from: "pod",
      connection: { dst: vip, dport: 80, ...APP },
    },
    { ...good, name: "peer → VIP", from: "peer", connection: { dst: vip, dport: 80 } },
    { ...bad, ...inbound, name: "loop: rule 1 removed", rules: reordered(family, [2, 3, 4, 5, 6, 7, 8, 9]) },
    {
      ...good,
      ...inbound,
      name: "no loop: rules 1 and 2 removed",
      rules: reordered(family, [3, 4, 5, 6, 7, 8, 9]),
    },
    { ...bad, ...inbound, name: "loop: rules 1 and 2 swapped", rules: reordered(family, [2, 1, 3, 4, 5, 6, 7, 8, 9]) },
    { ...bad, ...inbound, name: "loop: Envoy bound to the pod's address", relay: { bind: pod } },
    {
      ...bad,
      name: "loop: Envoy is not 1337",
      relay: { uid: 1001, gid: 1001 },
      from: "pod",
      connection: { dst: peer, dport: 80, ...APP },
    },
  ];
  if (family === 6) return both;
  const old = {
    rules: fixture("istio-first-releases.v4.rules"),
    from: "peer",
    connection: { dst: pod, dport: OLD_PORT },
  } as const;
  return [
    ...both,
    { ...old, name: "loop: the first releases", relay: {}, loops: true },
    {
      ...old,
      name: "no loop: the first releases, with a cluster at 127.0.0.1",
      relay: { upstreams: { [`${pod} ${OLD_PORT}`]: `127.0.0.1 ${OLD_PORT}` } },
      loops: false,
    },
  ];
}
