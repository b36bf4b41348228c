import { readAddress } from "../../net/address.ts";
import { readNetipPrefix } from "./netip.ts";

/**
 * What a setting's value must look like, told before `iptables-restore` would: Istio hands most of them on unread, so a
 * slip shows only as a failed init container.
 */
export interface Shape {
  readonly kind: "text" | "list" | "switch";
  /** In words, as it stands behind "expected". */
  readonly expected: string;
  /** The first piece that is wrong, or undefined. */
  wrong(value: string): string | undefined;
}

/** Splits at commas and drops empty pieces, so `6000,7000,` is two ports. */
export const pieces = (value: string): string[] => value.split(",").filter((one) => one !== "");

/** A switch's text as Go's strconv.ParseBool reads it; undefined where that refuses. */
export const readSwitch = (value: string): boolean | undefined =>
  /^(?:1|t|T|true|True|TRUE)$/.test(value) || (/^(?:0|f|F|false|False|FALSE)$/.test(value) ? false : undefined);

const text = (expected: string, good: (value: string) => boolean): Shape => ({
  kind: "text",
  expected,
  wrong: (value) => (good(value) ? undefined : value),
});

const several = (expected: string, good: (piece: string) => boolean, wildcard = false): Shape => ({
  kind: "text",
  expected: `${expected}, or several separated by commas${wildcard ? `, or "*"` : ""}`,
  wrong: (value) => (wildcard && value === "*" ? undefined : pieces(value).find((piece) => !good(piece))),
});

const whole = (value: string, max: number): boolean => /^\d{1,10}$/.test(value) && Number(value) <= max;

/**
 * Blanks around a piece do no harm where it goes into the rule unread: iptables-restore splits words at any number of
 * them. Ranges are parsed by the tool itself, and there they do.
 */
const loose = (good: (piece: string) => boolean) => (piece: string) => good(piece.replace(/^ +| +$/g, ""));

/** A port, a range that may be open at one end (`1024:`), or a service's name. */
const isPort = loose((value) => {
  const [low = "", high = low, ...more] = value.split(":");
  const open = value.includes(":") && value !== ":";
  const good = (end: string) => whole(end, 65535) || (open && end === "");
  const ordered = low === "" || high === "" || Number(low) <= Number(high);
  return (more.length === 0 && good(low) && good(high) && ordered) || /^[a-z][a-z0-9-]*$/.test(value);
});

/** A number, a range of numbers, or a name of the host's user or group database. */
const isOwner = loose((value) => {
  const ends = value.split("-");
  return (ends.length <= 2 && ends.every((end) => whole(end, 0xffffffff))) || /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(value);
});

const isRange = (value: string): boolean => readNetipPrefix(value) !== undefined;

const isAddress = (family: "ipv4" | "ipv6") => (value: string) => readAddress(value)?.family === family;

/** IFNAMSIZ leaves 15 characters; a trailing `+` is iptables' wildcard. */
const isInterface = loose((value) => /^[^\s/!"'\\]{1,15}$/.test(value));

const loopback = (value: string): boolean => {
  const prefix = readNetipPrefix(value);
  return prefix?.family === "ipv4" && prefix.loopback && prefix.length >= 8;
};

const owners = (of: string, wildcard = false): Shape =>
  several(`a number, a range low-high or a name of a ${of}`, isOwner, wildcard);

/** What a setting holds. */
export type ShapeName =
  | "flag"
  | "port"
  | "ports"
  | "portsOrAll"
  | "users"
  | "groups"
  | "groupsOrAll"
  | "ranges"
  | "rangesOrAll"
  | "interfaces"
  | "interfaceList"
  | "mark"
  | "mode"
  | "loopbackRange"
  | "address4"
  | "address6"
  | "servers4"
  | "servers6"
  | "release"
  | "suite"
  | "host"
  | "override";

/** The shapes that settings have, by what they hold. */
export const SHAPES: Readonly<Record<ShapeName, Shape>> = {
  flag: { kind: "switch", expected: "true or false", wrong: () => undefined },
  port: text(
    "a port from 0 to 65535",
    loose((value) => whole(value, 65535)),
  ),
  ports: several("a port, a range low:high or a service name", isPort),
  portsOrAll: several("a port, a range low:high or a service name", isPort, true),
  users: owners("user"),
  groups: owners("group"),
  groupsOrAll: owners("group", true),
  ranges: several("an address with its prefix length", isRange),
  rangesOrAll: several("an address with its prefix length", isRange, true),
  interfaces: several("an interface name of up to 15 characters", isInterface),
  interfaceList: { ...several("interface names of up to 15 characters", isInterface), kind: "list" },
  mark: text("a decimal number of 32 bits", (value) => whole(value, 0xffffffff)),
  // Whatever is not TPROXY is REDIRECT for the tool: a note says so.
  mode: text("REDIRECT or TPROXY", () => true),
  loopbackRange: text("an IPv4 loopback range from /8 to /32", loopback),
  address4: text("an IPv4 address", isAddress("ipv4")),
  address6: text("an IPv6 address", isAddress("ipv6")),
  servers4: { ...several("an IPv4 address", isAddress("ipv4")), kind: "list" },
  servers6: { ...several("an IPv6 address", isAddress("ipv6")), kind: "list" },
  release: text("a release such as 1.19", (value) => value === "" || /^\d+\.\d+/.test(value)),
  suite: text("capture or cni", (value) => /^(capture|cni)$/.test(value)),
  host: text("inpod or host", (value) => /^(inpod|host)$/.test(value)),
  override: text("unset, enabled or disabled", (value) => /^(unset|enabled|disabled)$/.test(value)),
};
