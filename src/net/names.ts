import { oneOrMore, recordOf, type Shape, shapeOf, thatIs, uint32, whole } from "../text/shape.ts";
import type { Address, Family } from "./address.ts";
import { readAddress } from "./address.ts";
import { PROTOCOLS, SERVICES } from "./databases.ts";
import { CHAIN_PROTOCOLS } from "./protocol.ts";

/**
 * What names mean on the host that a dump comes from. A name that is in none of these stays unresolved.
 *
 * Services, protocols and `localhost` are built in; users, groups and other hosts differ from host to host and must be
 * given. Given entries win over the built-in ones.
 */
export interface Names {
  readonly users?: Readonly<Record<string, number>>;
  readonly groups?: Readonly<Record<string, number>>;
  /** Addresses by name; a name may have several. */
  readonly hosts?: Readonly<Record<string, string | readonly string[]>>;
  /** `"http": 80`, or `"http/tcp": 80` for one protocol. */
  readonly services?: Readonly<Record<string, number>>;
}

/** What {@link Names} may hold. */
export const NAMES: Shape = shapeOf<Names>({
  users: recordOf(uint32),
  groups: recordOf(uint32),
  hosts: recordOf(oneOrMore(thatIs("an address", (value) => typeof value === "string" && !!readAddress(value)))),
  services: recordOf(whole(0, 65535)),
});

/** Look-ups in both directions over {@link Names} and the built-in tables. */
export interface NameTable {
  user(name: string): number | undefined;
  group(name: string): number | undefined;
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
  hosts(name: string, family: Family): readonly Address[];
  hostName(address: string): string | undefined;
  /** Port of a service; `proto` is `tcp`, `udp`, … or undefined for any. */
  service(name: string, proto: string | undefined): number | undefined;
  serviceName(port: number, proto: string): string | undefined;
  protocol(name: string): number | undefined;
  /** The name in the protocols database, not iptables' own list. */
  protocolName(proto: number): string | undefined;
}

const PORT_PROTOCOLS = ["tcp", "udp", "sctp", "dccp"];

const services = new Map<string, number>();
const serviceNames = new Map<string, string>();
for (const line of SERVICES.trim().split("\n")) {
  const [name, where, ...aliases] = line.split(" ") as [string, string, ...string[]];
  const [port, proto] = where.split("/") as [string, string];
  if (!serviceNames.has(where)) serviceNames.set(where, name);
  for (const one of [name, ...aliases])
    if (!services.has(`${one}/${proto}`)) services.set(`${one}/${proto}`, Number(port));
}

const protocols = new Map<string, number>(CHAIN_PROTOCOLS);
const protocolNames = new Map<number, string>();
for (const line of PROTOCOLS.trim().split("\n")) {
  const [name, number, ...aliases] = line.split(" ") as [string, string, ...string[]];
  if (!protocolNames.has(Number(number))) protocolNames.set(Number(number), name);
  for (const one of [name, ...aliases]) if (!protocols.has(one)) protocols.set(one, Number(number));
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

const keyOf = (record: Readonly<Record<string, number>> | undefined, value: number): string | undefined =>
  record && Object.keys(record).find((key) => record[key] === value);

/** Builds the look-ups for what was given; root (0) and localhost are always known. */
export function nameTable(names: Names = {}): NameTable {
  return {
    user: (name) => own(names.users, name) ?? (name === "root" ? 0 : undefined),
    group: (name) => own(names.groups, name) ?? (name === "root" ? 0 : undefined),
    userName: (uid) => keyOf(names.users, uid) ?? (uid === 0 ? "root" : undefined),
    groupName: (gid) => keyOf(names.groups, gid) ?? (gid === 0 ? "root" : undefined),
    hosts(name, family) {
      const given = own(names.hosts, name);
      const texts = given ?? (name === "localhost" ? ["127.0.0.1", "::1"] : []);
      return (typeof texts === "string" ? [texts] : texts)
        .map(readAddress)
        .filter((address): address is Address => address?.family === family);
    },
    hostName(address) {
      for (const [name, texts] of Object.entries(names.hosts ?? {}))
        if ((typeof texts === "string" ? [texts] : texts).includes(address)) return name;
      return address === "127.0.0.1" || address === "::1" ? "localhost" : undefined;
    },
    service(name, proto) {
      const tried = proto === undefined ? PORT_PROTOCOLS : [proto];
      for (const one of tried) {
        const port =
          own(names.services, `${name}/${one}`) ?? own(names.services, name) ?? services.get(`${name}/${one}`);
        if (port !== undefined) return port;
      }
      return undefined;
    },
    serviceName: (port, proto) =>
      keyOf(names.services, port)?.replace(/\/.*$/, "") ?? serviceNames.get(`${port}/${proto}`),
    protocol: (name) => protocols.get(name.toLowerCase()),
    protocolName: (proto) => protocolNames.get(proto),
  };
}

/** The built-in names alone. */
export const BUILT_IN_NAMES: NameTable = nameTable();
