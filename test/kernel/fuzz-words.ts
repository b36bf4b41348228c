import type { Family } from "./lab-types.ts";

/** The addresses and prefixes of one family that rules and packets are made of: few, so that they meet. */
export interface Words {
  /** Of the host itself, not of lo. */
  readonly own: readonly string[];
  readonly loopback: readonly string[];
  /** Addresses that neighbours on the two links and hosts behind them send from. */
  readonly near: Readonly<Record<"eth0" | "eth1", readonly string[]>>;
  readonly far: readonly string[];
  readonly prefixes: readonly string[];
  /** Ends of address ranges. */
  readonly ranges: readonly string[];
  /** Where translation may go, from outside and from here. */
  readonly targets: readonly string[];
  readonly bits: number;
}

const FOUR: Words = {
  own: ["10.244.1.5", "192.168.77.1", "192.168.77.40"],
  loopback: ["127.0.0.1", "127.0.0.6"],
  near: { eth0: ["10.244.1.1", "10.244.1.9", "8.8.8.8"], eth1: ["192.168.77.2", "192.168.77.9", "172.16.3.3"] },
  far: ["8.8.8.8", "10.96.0.10", "10.244.1.9", "192.168.77.9", "203.0.113.7"],
  prefixes: [
    "10.244.1.5/32",
    "10.244.1.4/30",
    "10.244.0.0/16",
    "192.168.77.0/24",
    "192.168.77.40/32",
    "127.0.0.1/32",
    "127.0.0.0/8",
    "10.96.0.0/12",
    "8.8.8.8/32",
    "0.0.0.0/1",
  ],
  ranges: ["10.244.1.1-10.244.1.9", "8.0.0.0-9.0.0.0", "192.168.77.2-192.168.77.40", "127.0.0.0-127.0.0.5"],
  targets: ["10.244.1.5", "10.244.1.9", "192.168.77.9", "192.168.77.40", "127.0.0.1", "8.8.8.8"],
  bits: 32,
};

const SIX: Words = {
  own: ["fd00:10:244:1::5", "fd00:77::1"],
  loopback: ["::1"],
  near: {
    eth0: ["fd00:10:244:1::1", "fd00:10:244:1::9", "2001:db8::8"],
    eth1: ["fd00:77::2", "fd00:77::9", "fd00:99::3"],
  },
  far: ["2001:db8::8", "fd00:96::10", "fd00:10:244:1::9", "fd00:77::9"],
  prefixes: [
    "fd00:10:244:1::5/128",
    "fd00:10:244:1::4/126",
    "fd00:10::/32",
    "fd00:77::/64",
    "::1/128",
    "fd00:96::/64",
    "2001:db8::/32",
    "fd00::/8",
  ],
  ranges: ["fd00:10:244:1::1-fd00:10:244:1::9", "2001:db8::-2001:db9::", "fd00:77::2-fd00:77::40"],
  targets: ["fd00:10:244:1::5", "fd00:10:244:1::9", "fd00:77::9", "fd00:77::1", "::1", "2001:db8::8"],
  bits: 128,
};

export const wordsOf = (family: Family): Words => (family === 4 ? FOUR : SIX);

export const UIDS = [0, 1000, 1337, 65534] as const;
export const MARKS = [0, 1, 0x111, 0x539, 0x53a, 0x4000] as const;
export const MASKS = ["", "/0xff", "/0xfff", "/0xf000", "/0xffffffff", "/0x0"] as const;
export const ZONES = [1, 2, 7] as const;
export const TOS = [0x10, 0x48, 0xb8] as const;
/** Ports that are dialled. */
export const PORTS = [22, 53, 80, 443, 8080, 9090, 15001, 15006, 15008, 15020, 15021, 15053, 30000] as const;

export const hex = (value: number): string => `0x${value.toString(16)}`;
