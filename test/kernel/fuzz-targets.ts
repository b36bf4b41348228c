import type { Place } from "./fuzz-matches.ts";
import type { Random } from "./fuzz-random.ts";
import { hex, MARKS, MASKS, PORTS, wordsOf, ZONES } from "./fuzz-words.ts";

export interface DrawnTarget {
  readonly text: string;
  /** The protocol that the rule must have for this target. */
  readonly proto?: "tcp" | "udp";
}

type Draw = (random: Random, place: Place) => DrawnTarget;

const plain = (text: string): DrawnTarget => ({ text });
const always =
  (text: string): Draw =>
  () =>
    plain(text);

const markSet = (random: Random): string =>
  random.weighted([
    [4, () => `--set-xmark ${hex(random.pick(MARKS))}${random.pick(MASKS)}`],
    [2, () => `--set-mark ${hex(random.pick(MARKS))}${random.pick(MASKS)}`],
    [1, () => `--or-mark ${hex(random.pick(MARKS))}`],
    [1, () => `--and-mark ${hex(random.pick(MARKS))}`],
    [1, () => `--xor-mark ${hex(random.pick(MARKS))}`],
  ])();

const maskOf = (random: Random): string => random.pick(["0xffffffff", "0xff", "0xfff", "0xf000"]);

const connmark = (random: Random): string =>
  random.weighted([
    [3, () => markSet(random)],
    [3, () => "--save-mark"],
    [3, () => "--restore-mark"],
    [2, () => `--${random.pick(["save", "restore"])}-mark --nfmask ${maskOf(random)} --ctmask ${maskOf(random)}`],
    [1, () => `--${random.pick(["save", "restore"])}-mark --mask ${maskOf(random)}`],
  ])();

/** Targets of every table. */
const COMMON: readonly (readonly [number, Draw])[] = [
  [4, always("ACCEPT")],
  [3, always("RETURN")],
  [2, (random) => plain(`MARK ${markSet(random)}`)],
  [2, (random) => plain(`CONNMARK ${connmark(random)}`)],
  [0.5, always('LOG --log-prefix "x "')],
  [0.5, always("NFLOG --nflog-group 77")],
];

const VERDICTS: readonly (readonly [number, Draw])[] = [
  [2, always("DROP")],
  [0.3, always("NFQUEUE --queue-num 9")],
  [0.4, always("NFQUEUE --queue-num 9 --queue-bypass")],
  [0.4, always("AUDIT --type accept")],
];

const RAW: readonly (readonly [number, Draw])[] = [
  [
    3,
    (random) =>
      plain(
        `CT ${random.pick(["--zone", "--zone", "--zone-orig", "--zone-reply"])} ${random.pick([...ZONES, "mark"])}`,
      ),
  ],
  [0.7, always("NOTRACK")],
  [0.7, always("CT --notrack")],
  [0.4, always("TRACE")],
];

const tproxy: Draw = (random, { family }) => {
  const { own } = wordsOf(family);
  const ip = random.chance(0.2) ? ` --on-ip ${random.pick(own)}` : "";
  const mark = random.pick([" --tproxy-mark 0x539/0xffffffff", " --tproxy-mark 0x1/0x1", ""]);
  return {
    text: `TPROXY --on-port ${random.pick([15006, 15006, 0])}${ip}${mark}`,
    proto: random.pick(["tcp", "tcp", "udp"]),
  };
};

const MANGLE: readonly (readonly [number, Draw])[] = [
  [0.7, (random) => plain(`DSCP --set-dscp ${random.pick(["0x12", "0x2e", "0x00"])}`)],
  [0.7, (random) => plain(`TOS --set-tos ${random.pick(["0x10/0xff", "0x48/0x3f", "0xb8/0xff"])}`)],
  [
    1,
    (random, { family }) => {
      const name = family === 4 ? "TTL" : "HL";
      const word = random.pick(["set 64", "set 1", "dec 1", "inc 2", "dec 63"]);
      return plain(`${name} --${name.toLowerCase()}-${word}`);
    },
  ],
  [0.3, always("CHECKSUM --checksum-fill")],
];

const reject: Draw = (random, { family }) =>
  random.chance(0.3)
    ? { text: "REJECT --reject-with tcp-reset", proto: "tcp" }
    : plain(
        `REJECT --reject-with ${random.pick(
          family === 4
            ? ["icmp-port-unreachable", "icmp-host-prohibited"]
            : ["icmp6-port-unreachable", "icmp6-adm-prohibited"],
        )}`,
      );

const ports = (random: Random): string =>
  random.weighted([
    [4, () => `${random.pick(PORTS)}`],
    [1, () => "5000-5010"],
    [1, () => "15001-15006"],
  ])();

const flags = (random: Random): string => (random.chance(0.12) ? " --random" : "");

/** `address`, `address:ports`, a range of addresses, and IPv6's brackets around what comes before ports. */
function translation(random: Random, { family }: Place, name: string): DrawnTarget {
  const { targets, ranges } = wordsOf(family);
  const kind = random.weighted([
    [5, "address"],
    [3, "both"],
    [1, "ports"],
    [1, "range"],
  ] as const);
  const address = kind === "range" ? random.pick(ranges) : random.pick(targets);
  if (kind === "address" || kind === "range")
    return plain(`${name} ${address}${flags(random)}${random.chance(0.1) ? " --persistent" : ""}`);
  const shown = kind === "ports" ? "" : family === 6 ? `[${address}]` : address;
  return { text: `${name} ${shown}:${ports(random)}${flags(random)}`, proto: random.pick(["tcp", "tcp", "udp"]) };
}

const withPorts = (random: Random, name: string): DrawnTarget =>
  random.chance(0.6)
    ? { text: `${name} --to-ports ${ports(random)}${flags(random)}`, proto: random.pick(["tcp", "tcp", "udp"]) }
    : plain(name + flags(random));

const netmap: Draw = (random, { family }) =>
  plain(
    `NETMAP --to ${random.pick(family === 4 ? ["10.244.1.0/24", "192.168.77.0/24"] : ["fd00:77::/64", "fd00:10:244:1::/64"])}`,
  );

function natTargets({ hooks }: Place): readonly (readonly [number, Draw])[] {
  const destination = hooks.every((hook) => hook === "PREROUTING" || hook === "OUTPUT");
  const source = hooks.every((hook) => hook === "POSTROUTING" || hook === "INPUT");
  const post = hooks.every((hook) => hook === "POSTROUTING");
  const list: (readonly [number, Draw])[] = [[1, netmap]];
  if (destination) {
    list.push([8, (random) => withPorts(random, "REDIRECT")]);
    list.push([6, (random, place) => translation(random, place, "DNAT --to-destination")]);
  }
  if (source) list.push([6, (random, place) => translation(random, place, "SNAT --to-source")]);
  if (post) list.push([6, (random) => withPorts(random, "MASQUERADE")]);
  return list;
}

/** What stands behind `-j`, valid in that place. */
export function target(random: Random, place: Place): DrawnTarget {
  const { table, hooks } = place;
  const list: (readonly [number, Draw])[] = [...COMMON];
  if (table === "nat") list.push(...natTargets(place));
  else list.push(...VERDICTS);
  if (table === "raw") list.push(...RAW);
  if (table === "mangle") list.push(...MANGLE);
  if (table === "mangle" && hooks.every((hook) => hook === "PREROUTING")) list.push([3, tproxy]);
  if (hooks.every((hook) => hook !== "PREROUTING" && hook !== "INPUT"))
    list.push([0.3, always("CLASSIFY --set-class 1:2")]);
  if (table === "filter") list.push([1, reject]);
  return random.weighted(list)(random, place);
}
