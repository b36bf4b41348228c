/** Journeys drawn at random: meshes with any settings, proxies that may not fit them, and any connection. */
import type { IstioSettings, SidecarSettings } from "../../src/index.ts";
import { type Random, random } from "./fuzz-random.ts";
import { endpoint } from "./journey-cases.ts";
import { type JourneyCase, type Mesh, meshed } from "./journey-types.ts";
import { ADDRESSES } from "./lab-sidecar.ts";
import type { Family } from "./lab-types.ts";

const OWNERS = [
  [1000, 1000],
  [0, 0],
  [1337, 1337],
  [0, 1337],
  [1337, 1000],
  [1000, 1337],
] as const;

/** The same setting for most, another for some. */
const mostly = <T>(draw: Random, usual: T, ...others: readonly T[]): T =>
  draw.chance(0.6) ? usual : draw.pick([usual, ...others]);

/** Endpoints that a proxy knows, and the resolver that it asks. */
function known(draw: Random, family: Family): Pick<SidecarSettings, "upstreams" | "resolvers"> {
  const { pod, peer, vip } = ADDRESSES[family];
  const places = [
    [endpoint(vip, 80), [endpoint(pod, 80)]],
    [endpoint(peer, 80), [endpoint(peer, 80)]],
    [endpoint(pod, 80), [endpoint(pod, 80)]],
  ] as const;
  return { upstreams: Object.fromEntries(draw.some(places, draw.int(0, 3))), resolvers: [endpoint(peer, 53)] };
}

function sidecarMesh(draw: Random, family: Family): Mesh {
  const { pod, peer } = ADDRESSES[family];
  const length = family === 4 ? 32 : 128;
  const servers = draw.chance(0.7) ? [peer] : [];
  const mode = draw.pick(["REDIRECT", "TPROXY"] as const);
  const mark = mostly(draw, 1337, 42);
  const settings: IstioSettings = {
    release: mostly(draw, "", "1.19.0"),
    inboundInterceptionMode: mode,
    inboundTProxyMark: String(mark),
    inboundPortsInclude: mostly(draw, "*", "80", "53,80", ""),
    inboundPortsExclude: mostly(draw, "15020,15021,15090", "", "53", "80"),
    outboundPortsInclude: mostly(draw, "", "80"),
    outboundPortsExclude: mostly(draw, "", "53", "80,15008"),
    outboundIPRangesInclude: mostly(draw, "*", "", "10.96.0.0/16,fd00:96::/64", "127.0.0.0/8,::1/128"),
    outboundIPRangesExclude: mostly(draw, "", `${peer}/${length}`, `${pod}/${length},127.0.0.0/16`),
    hostIPv4LoopbackCidr: mostly(draw, "127.0.0.1/32", "127.0.0.0/8"),
    excludeInterfaces: mostly(draw, "", "eth1", "eth0"),
    ownerGroupsExclude: mostly(draw, "", "1000"),
    proxyUID: mostly(draw, "1337", "0,1337"),
    proxyGID: mostly(draw, "1337", "0"),
    redirectDNS: draw.chance(0.4),
    captureAllDNS: draw.chance(0.3),
    dnsServersV4: family === 4 ? servers : [],
    dnsServersV6: family === 6 ? servers : [],
    dropInvalid: draw.chance(0.3),
  };
  const unlike = draw.chance(0.25);
  const proxy: SidecarSettings = {
    ...known(draw, family),
    mode: draw.chance(0.1) ? "REDIRECT" : mode,
    hbone: draw.chance(0.2),
    tproxyMark: unlike ? draw.pick([mark, 0]) : mark,
    ...(unlike && { uid: draw.pick([0, 1000, 1337]), gid: draw.pick([0, 1000, 1337]) }),
    ...(unlike && draw.chance(0.5) && { bind: pod }),
  };
  return meshed(family, settings, { kind: "sidecar", settings: proxy });
}

function ambientMesh(draw: Random, family: Family): Mesh {
  const settings: IstioSettings = {
    suite: "cni",
    redirectDNS: draw.chance(0.5),
    ingressMode: draw.chance(0.15),
    dnsProxy: mostly(draw, "unset", "enabled", "disabled"),
    virtualInterfaces: mostly(draw, [], ["eth0"]),
  };
  const { upstreams = {}, ...more } = known(draw, family);
  const plain = Object.values(upstreams).flatMap((ends) => (draw.chance(0.3) ? ends : []));
  const proxy = { ...more, upstreams, plain, ...(draw.chance(0.15) && { mark: draw.pick([0, 0x111]) }) };
  return meshed(family, settings, { kind: "ztunnel", settings: proxy });
}

/** The proxies' own, DNS, what nobody listens at. */
const PORTS = [80, 80, 80, 80, 53, 53, 15001, 15006, 15008, 15020, 9999] as const;

function connection(draw: Random, family: Family): Pick<JourneyCase, "from" | "connection"> {
  const { pod, peer, node, vip, loopback, passthrough } = ADDRESSES[family];
  const from = draw.weighted([
    [5, "pod"],
    [4, "peer"],
    [1, "node"],
  ] as const);
  const around = family === 4 ? "127.0.0.2" : passthrough;
  const dst =
    from === "node"
      ? draw.pick([pod, peer])
      : draw.pick([pod, pod, peer, peer, vip, vip, loopback, passthrough, around, node]);
  const [uid, gid] = draw.pick(OWNERS);
  const marked = draw.chance(0.1) ? { mark: draw.pick([0x539, 0x111, 1338, 42]) } : {};
  // Nobody but the two pods has an answer to a datagram, and the node nothing but its one service.
  const asks = draw.chance(0.15) && (dst === pod || dst === peer);
  // A mark may lead to lo, where a datagram is answered from another address, and that with an ICMP error.
  const mark = asks ? {} : marked;
  const dport = asks ? 53 : dst === vip ? 80 : draw.pick(PORTS);
  return { from, connection: { proto: asks ? "udp" : "tcp", dst, dport, uid, gid, ...mark } };
}

export function drawnCase(seed: number, family: Family): JourneyCase {
  const draw = random(seed);
  const mesh = draw.chance(0.6) ? sidecarMesh : ambientMesh;
  return {
    name: `seed ${seed}`,
    pod: mesh(draw, family),
    ...(draw.chance(0.4) && { peer: mesh(draw, family) }),
    ...connection(draw, family),
  };
}
