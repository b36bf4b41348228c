import { prefixHas, sameWords, type Words } from "../net/address.ts";
import type { LeadsBack } from "../predicate/predicate.ts";
import type { Route } from "./fib.ts";
import type { Host } from "./host.ts";
import { isForOne, lookUpRoute } from "./routing.ts";

/** A packet that came in, as `-m rpfilter` sees it. */
export interface Arrival {
  readonly v6: boolean;
  readonly source: Words;
  readonly destination: Words;
  readonly mark: number;
  readonly inDevice: string;
}

const NOWHERE: Words = [0, 0, 0, 0];

const isLinkLocal = (words: Words): boolean => (words[0] & (0xffc0 << 16)) === 0xfe80 << 16;

/**
 * Whether a route leads back to the source of a packet, out of the device that it came by (R12).
 *
 * Kernel: ipt_rpfilter.c, rpfilter_mt and rpfilter_lookup_reverse; ip6t_rpfilter.c.
 */
export function leadsBack(host: Host, arrival: Arrival, lookup: LeadsBack): boolean {
  const { v6, source, destination, inDevice } = arrival;
  if (inDevice === "lo") return true;
  const family = v6 ? "ipv6" : "ipv4";
  const toOne = isForOne(host, family, destination);
  if (v6 ? sameWords(source, NOWHERE) : source[3] >>> 24 === 0 && !toOne) return true;
  const route = lookUpRoute(host[family], {
    destination: source,
    source: toOne ? destination : null,
    mark: lookup.validMark ? arrival.mark : 0,
    inDevice: "",
    outDevice: v6 && isLinkLocal(source) ? inDevice : "",
  });
  if (route === undefined) return false;
  if (route.type === "local") return lookup.acceptLocal && (v6 || lookup.loose || route.dev === inDevice);
  if (route.type !== "unicast") return false;
  return lookup.loose || route.dev === inDevice || (v6 && hasSibling(host, route, source, inDevice));
}

/** IPv6 prefers the device among routes of one prefix, whatever their metrics. Kernel: rt6_device_match. */
function hasSibling(host: Host, route: Route, source: Words, device: string): boolean {
  const table = [...host.ipv6.tables.values()].find((routes) => routes.includes(route)) ?? [];
  return table.some(
    (one) =>
      one.dev === device && one.length === route.length && one.type === "unicast" && prefixHas(one.prefix, source),
  );
}
