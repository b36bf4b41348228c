import {
  addressBits,
  addressText,
  anyPrefix,
  type Family,
  hostPrefix,
  maskLength,
  type Prefix,
  prefixOf,
  readAddress,
  readPrefix,
  shortPrefixText,
} from "../../net/address.ts";
import type { NameTable } from "../../net/names.ts";
import type { ListStyle } from "../extension/context.ts";
import type { AddressCondition } from "../ruleset/ruleset.ts";

/** Names that a Debian host gives to networks and to IPv6's own addresses (/etc/networks, /etc/hosts). */
const WELL_KNOWN: Readonly<Record<Family, ReadonlyMap<string, string>>> = {
  ipv4: new Map([
    ["default", "0.0.0.0"],
    ["loopback", "127.0.0.0"],
    ["link-local", "169.254.0.0"],
  ]),
  ipv6: new Map([
    ["ip6-localhost", "::1"],
    ["ip6-loopback", "::1"],
    ["ip6-allnodes", "ff02::1"],
    ["ip6-allrouters", "ff02::2"],
  ]),
};

/** What an address cell says; `problem` is for the reader to place. */
export interface ReadAddressCell {
  readonly condition?: AddressCondition;
  readonly problem?: { readonly code: string; readonly severity: "error" | "warning"; readonly message: string };
}

const isEverything = (prefix: Prefix): boolean => [...prefix.mask].every((word) => word === 0);

/**
 * Reads `anywhere`, `!localhost`, `10.0.0.0/8`, `loopback/8`, `mesh.example.org`. No condition for the whole address
 * space, unless negated. A name that nobody can resolve stays a name.
 *
 * Source: iptables/xshared.c, ipv4_addr_to_string; libxtables/xtables.c, xtables_ipaddr_to_anyname.
 */
export function readAddressCell(cell: string, family: Family, names: NameTable): ReadAddressCell {
  const negated = cell.startsWith("!");
  const text = negated ? cell.slice(1) : cell;
  // Any network that starts at :: (::/1, ::/96): as a negation of everything nobody would write it.
  if (family === "ipv6" && cell === "!anywhere") return { condition: { prefix: { name: text }, negated } };
  const found = text === "anywhere" ? anyPrefix(family) : (readPrefix(text) ?? resolve(text, family, names));
  if (found === undefined) return unresolved(text, negated, family, names);
  if (found.family !== family) return bad(text, family, `; the rules around it are ${SPELLED[family]}`);
  return !negated && isEverything(found) ? {} : { condition: { prefix: found, negated } };
}

const SPELLED = { ipv4: "IPv4", ipv6: "IPv6" } as const;

const bad = (text: string, family: Family, more = ""): ReadAddressCell => ({
  problem: {
    code: "bad-address",
    severity: "error",
    message: `address: expected an ${SPELLED[family]} address, ADDRESS/LENGTH or a name, got "${text}"${more}`,
  },
});

function unresolved(text: string, negated: boolean, family: Family, names: NameTable): ReadAddressCell {
  if (/^[\d./]*$/.test(text) || text.includes(":") || !/^[^\s/]+(\/[\d.]+)?$/.test(text)) return bad(text, family);
  const several = names.hosts(text.replace(/\/.*$/, ""), family).length > 1;
  return {
    condition: { prefix: { name: text }, negated },
    problem: {
      code: several ? "ambiguous-name" : "unresolved-name",
      severity: "warning",
      message: several
        ? `the host name "${text}" has several addresses and the row means one of them; what depends on it is undetermined`
        : `the host name "${text}" is not known here; what depends on it is undetermined (give names.hosts)`,
    },
  };
}

/** `name` or `name/length` with exactly one address. */
function resolve(text: string, family: Family, names: NameTable): Prefix | undefined {
  const slash = text.indexOf("/");
  const name = slash < 0 ? text : text.slice(0, slash);
  const hosts = names.hosts(name, family);
  const known = WELL_KNOWN[family].get(name);
  const address = hosts.length === 1 ? hosts[0] : hosts.length === 0 && known ? readAddress(known) : undefined;
  if (address === undefined) return undefined;
  if (slash < 0) return hostPrefix(address);
  const mask = readPrefix(`${family === "ipv4" ? "0.0.0.0" : "::"}${text.slice(slash)}`)?.mask;
  return mask && prefixOf(family, address.words, mask);
}

/**
 * An address cell. Without `-n` an address is shown by its name, a network of IPv6 that starts at `::` as `anywhere`
 * whatever its length.
 */
export function addressCell(condition: AddressCondition | undefined, style: ListStyle): string {
  const sign = condition?.negated ? "!" : " ";
  const prefix = condition?.prefix ?? anyPrefix(style.family);
  return sign + ("name" in prefix ? prefix.name : style.numeric ? shortPrefixText(prefix) : named(prefix, style.names));
}

function named(prefix: Prefix, names: NameTable): string {
  const { family, address, mask } = prefix;
  const zero = address.every((word) => word === 0);
  if (zero && (family === "ipv6" || mask[3] === 0)) return "anywhere";
  const text = addressText(family, address);
  const name = names.hostName(text) ?? networkName(family, text);
  if (name === undefined) return shortPrefixText(prefix);
  const length = maskLength(family, mask);
  return length === addressBits(family) ? name : `${name}/${length ?? addressText(family, mask)}`;
}

/** Only networks: the names of IPv6's own addresses come second to `localhost` and are not everywhere the same. */
function networkName(family: Family, text: string): string | undefined {
  if (family === "ipv6") return undefined;
  for (const [name, address] of WELL_KNOWN.ipv4) if (address === text) return name;
  return undefined;
}
