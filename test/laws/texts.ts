/** Pieces of save text, small values of each kind, and ways to put them together. */
import fc from "fast-check";
import type { Family } from "../../src/net/address.ts";

export type Text = fc.Arbitrary<string>;

/** A template of texts: `say\` --mark ${hex}/${hex}\``. */
export const say = (strings: TemplateStringsArray, ...values: readonly Text[]): Text =>
  fc.tuple(...values).map((parts) => strings.raw.reduce((all, next, at) => all + parts[at - 1] + next));

export const either = (...words: readonly string[]): Text => fc.constantFrom(...words);

/** The text, or none. */
export const maybe = (text: Text): Text => fc.oneof(fc.constant(""), text);

/** At least one of the texts, in their order. */
export const some = (...texts: readonly Text[]): Text =>
  fc
    .tuple(...texts)
    .chain((all) => fc.subarray(all, { minLength: 1 }))
    .map((parts) => parts.join(""));

export const not: Text = either("", " !");

export const from = (min: number, max: number): Text => fc.integer({ min, max }).map(String);

/** Few values, so that rules and packets meet. */
export const port: Text = fc.oneof(either("80", "53", "8080", "15001", "15006", "0", "65535"), from(0, 65535));
export const hex: Text = fc.oneof(
  either("0x0", "0x1", "0x539", "0xffffffff"),
  fc.nat(0xffff).map((one) => `0x${one.toString(16)}`),
);

const range = (value: Text, join: string): Text =>
  fc.oneof(
    { weight: 3, arbitrary: value },
    { weight: 1, arbitrary: fc.tuple(value, value).map((ends) => rangeText(ends.map(Number), join)) },
  );

function rangeText(ends: readonly number[], join: string): string {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return low === high ? `${low}` : `${low}${join}${high}`;
}

export const ports: Text = range(port, ":");
/** Ports behind an address or in `--to-ports`; 0 is none. */
export const natPorts: Text = range(
  port.map((one) => (one === "0" ? "1" : one)),
  "-",
);
export const numbers = (max: number): Text => range(from(0, max), ":");

export const chosen = (words: readonly string[]): Text =>
  fc.subarray([...words], { minLength: 1 }).map((one) => one.join(","));

export const device: Text = either("lo", "eth0", "eth1", "eth+", "e");

const ADDRESSES = {
  ipv4: ["127.0.0.1", "127.0.0.6", "10.244.1.5", "10.244.1.9", "10.96.0.10", "192.168.77.1", "8.8.8.8"],
  ipv6: ["::1", "::6", "fd00:10:244:1::5", "fd00:10:244:1::9", "fd00:77::1", "2001:db8::8"],
} as const;

/** Addresses that rules and packets share; some are the host's own. */
export const address = (family: Family): Text => either(...ADDRESSES[family]);

/** As `-s` and `-d` print them; host bits are cut off by the reader. */
export const prefix = (family: Family): Text => say`${address(family)}/${lengths(family)}`;

const lengths = (family: Family): Text =>
  family === "ipv4"
    ? either("32", "32", "24", "16", "8", "1", "31", "255.0.255.0")
    : either("128", "128", "64", "48", "1", "127");

/** Free text as `iptables-save` quotes it. */
export const quoted: Text = fc
  .string({ maxLength: 12 })
  .map((one) => one.replaceAll(/[^ -~]/g, "?"))
  .map((one) => `"${one.replaceAll(/["\\']/g, "\\$&")}"`);
