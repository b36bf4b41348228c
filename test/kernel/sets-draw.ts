import type { Random } from "./fuzz-random.ts";
import { MARKS, PORTS, wordsOf } from "./fuzz-words.ts";
import type { Family, LabPacket } from "./lab-types.ts";

/** A set to be made: its `create` and `add` lines, and what rules need to know of it. */
interface DrawnSet {
  readonly name: string;
  readonly text: string;
  readonly skbinfo: boolean;
}

/** Types that this kernel may have; `sets.kernel.test.ts` asks which it has. */
export const TYPES = [
  "hash:ip",
  "hash:net",
  "hash:ip,port",
  "hash:net,port",
  "hash:ip,port,ip",
  "hash:ip,port,net",
  "hash:net,net",
  "hash:net,port,net",
  "hash:net,iface",
  "hash:ip,mark",
  "bitmap:ip",
  "bitmap:port",
] as const;
type Type = (typeof TYPES)[number];

export interface SetsSession {
  readonly family: Family;
  readonly sets: string;
  readonly rules: string;
  readonly packets: readonly LabPacket[];
}

/** Addresses that packets of a session come from and go to: few, so that sets hold some of them. */
function addresses(family: Family): readonly string[] {
  const { near, own, far, loopback } = wordsOf(family);
  return [...near.eth0.slice(0, 2), ...near.eth1.slice(0, 1), ...own, ...far.slice(0, 3), ...loopback.slice(0, 1)];
}

const lengths = (family: Family, zero: boolean): readonly number[] =>
  family === 4 ? [8, 16, 24, 30, 32, ...(zero ? [0] : [])] : [16, 48, 64, 127, 128, ...(zero ? [0] : [])];

function port(random: Random, family: Family): string {
  const icmp = family === 4 ? "icmp:8/0" : "icmpv6:128/0";
  return random.weighted([
    [4, `tcp:${random.pick(PORTS)}`],
    [4, `udp:${random.pick(PORTS)}`],
    [2, icmp],
    [1, "253:0"],
  ]);
}

/** The text of one element. */
function element(random: Random, family: Family, type: Type): string {
  const zero = ["hash:net,net", "hash:net,port,net", "hash:net,iface"].includes(type);
  const parts = type.split(":")[1]!.split(",");
  return parts
    .map((part) => {
      const fitting =
        type === "bitmap:ip" ? addresses(family).filter((one) => one.startsWith("10.244.")) : addresses(family);
      const address = random.pick(fitting);
      if (part === "ip") return address;
      if (part === "net") return `${address}/${random.pick(lengths(family, zero))}`;
      if (part === "iface") return random.pick(["eth0", "eth1", "lo"]);
      if (part === "mark") return random.pick(["0x0", "0x1", "0x539"]);
      return type === "bitmap:port"
        ? `${random.pick(PORTS.filter((one) => one >= 53 && one <= 9000))}`
        : port(random, family);
    })
    .join(",");
}

const MASKED = ["hash:ip", "hash:ip,port"];

function options(random: Random, family: Family, type: Type): string {
  const own = {
    "bitmap:ip": " range 10.244.0.0/16",
    "bitmap:port": ` range ${random.pick(["0-65535", "53-9000"])}`,
  } as Readonly<Record<string, string>>;
  // ::1 masked is the address of zeros, which no set takes.
  const mask = MASKED.includes(type) && family === 4 && random.chance(0.3) ? " netmask 24" : "";
  return own[type] ?? ` family inet${family === 6 ? "6" : ""}${mask}`;
}

function drawSet(random: Random, family: Family, type: Type, name: string): DrawnSet {
  const counters = random.chance(0.4);
  const skbinfo = random.chance(0.3);
  const nets = type.includes("net");
  const flags = `${counters ? " counters" : ""}${skbinfo ? " skbinfo" : ""}${random.chance(0.2) ? " timeout 600" : ""}`;
  const lines = Array.from({ length: random.int(0, 6) }, () => {
    const nomatch = nets && random.chance(0.2) ? " nomatch" : "";
    const info = skbinfo && random.chance(0.8) ? ` skbmark ${random.pick(["0x1", "0x5/0xff", "0x539"])}` : "";
    const counted = counters && random.chance(0.3) ? " packets 3 bytes 300" : "";
    return `add ${name} ${element(random, family, type)}${nomatch}${counted}${info} -exist`;
  });
  const created = `create ${name} ${type}${options(random, family, type)}${flags}`;
  return { name, text: [created, ...lines].join("\n"), skbinfo };
}

const directions = (random: Random): string =>
  Array.from({ length: random.pick([1, 2, 2, 3, 3]) }, () => random.pick(["src", "dst"])).join(",");

function match(random: Random, name: string): string {
  const flags = [
    random.chance(0.2) ? " --return-nomatch" : "",
    random.chance(0.15) ? " ! --update-counters" : "",
    random.chance(0.15) ? " ! --update-subcounters" : "",
    random.chance(0.15) ? ` --packets-${random.pick(["gt", "lt", "eq"])} ${random.int(1, 4)}` : "",
    random.chance(0.1) ? ` --bytes-${random.pick(["gt", "lt"])} ${random.int(50, 400)}` : "",
  ];
  return ` -m set${random.chance(0.2) ? " !" : ""} --match-set ${name} ${directions(random)}${flags.join("")}`;
}

function target(random: Random, sets: readonly DrawnSet[], table: string): string {
  const { name, skbinfo } = random.pick(sets);
  return random.weighted([
    [5, ""],
    [
      2,
      ` -j SET --add-set ${name} ${directions(random)}${random.chance(0.3) ? " --exist" : ""}${random.chance(0.2) ? " --timeout 300" : ""}`,
    ],
    [1, ` -j SET --del-set ${name} ${directions(random)}`],
    [table === "mangle" && skbinfo ? 4 : 0, ` -j SET --map-set ${name} ${directions(random)} --map-mark`],
  ]);
}

const CHAINS = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

function rules(random: Random, sets: readonly DrawnSet[]): string {
  const lines = Array.from({ length: random.int(6, 14) }, () => {
    const asked = random.chance(0.85) ? match(random, random.pick(sets).name) : "";
    return `-A ${random.pick(CHAINS)}${asked}${target(random, sets, "mangle")}`;
  });
  const nat = random.chance(0.2)
    ? "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -j REDIRECT --to-ports 8080\nCOMMIT\n"
    : "";
  const policies = CHAINS.map((chain) => `:${chain} ACCEPT [0:0]\n`).join("");
  return `*mangle\n${policies}${lines.join("\n")}\nCOMMIT\n${nat}`;
}

function packet(random: Random, family: Family): LabPacket {
  const { near, own, far, loopback } = wordsOf(family);
  const proto = random.weighted([[4, "tcp"] as const, [4, "udp"] as const, [2, "icmp"] as const, [1, "253"] as const]);
  const ports = { sport: random.int(40000, 60000), dport: random.pick(PORTS) };
  const transport: Pick<LabPacket, "proto"> & Partial<LabPacket> =
    proto === "tcp"
      ? { proto, ...ports }
      : proto === "udp"
        ? { proto, ...ports, payload: random.pick([4, 60]) }
        : proto === "icmp"
          ? { proto, id: random.int(1, 60000) }
          : { proto, payload: 4 };
  if (random.chance(0.5)) {
    const device = random.pick(["eth0", "eth1"] as const);
    const src = random.pick(near[device].slice(0, 2));
    const dst = random.chance(0.5) ? random.pick(own) : random.pick(far.slice(0, 3));
    return { ...transport, in: device, src, dst };
  }
  const dst = random.pick([...own, ...far.slice(0, 3), ...loopback.slice(0, 1)]);
  return { ...transport, dst, uid: 1000, gid: 1000, ...(random.chance(0.3) && { mark: random.pick(MARKS) }) };
}

/** Sets, rules that ask and change them, and packets between the addresses that the sets may hold. */
export function drawSession(random: Random, types: readonly Type[], count: number): SetsSession {
  const family: Family = random.chance(1 / 3) ? 6 : 4;
  const fitting = types.filter((type) => family === 4 || type !== "bitmap:ip");
  const sets = Array.from({ length: random.int(2, 5) }, (_, at) =>
    drawSet(random, family, random.pick(fitting), `s${at}`),
  );
  const members = random.some(sets, random.int(1, 3)).map(({ name }) => `add list ${name}`);
  const flags = random.chance(0.4) ? " counters" : "";
  const list: DrawnSet = {
    name: "list",
    text: [`create list list:set${flags}`, ...members].join("\n"),
    skbinfo: false,
  };
  const all = random.chance(0.6) ? [...sets, list] : sets;
  return {
    family,
    sets: `${all.map(({ text }) => text).join("\n")}\n`,
    rules: rules(random, all),
    packets: Array.from({ length: count }, () => packet(random, family)),
  };
}
