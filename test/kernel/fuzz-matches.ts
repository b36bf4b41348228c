import type { Random } from "./fuzz-random.ts";
import { hex, MARKS, MASKS, PORTS, TOS, UIDS, wordsOf } from "./fuzz-words.ts";
import type { Family } from "./lab-types.ts";

/** Where a rule stands: what its matches and target may be depends on it. */
export interface Place {
  readonly family: Family;
  readonly table: string;
  readonly builtin: boolean;
  /** All hooks from which the rule's chain can be reached. */
  readonly hooks: readonly string[];
}

type Proto = "tcp" | "udp" | "icmp" | undefined;
type Draw = (random: Random, place: Place, proto: Proto) => string;

const bang = (random: Random, probability = 0.25): string => (random.chance(probability) ? "! " : "");

const portRange = (random: Random): string => {
  const [low, high] = random.some(PORTS, 2) as [number, number];
  return random.chance(0.7) ? `${random.pick(PORTS)}` : random.chance(0.2) ? "40000:41000" : `${low}:${high}`;
};

const FLAGS = ["SYN,ACK SYN", "FIN,SYN,RST,ACK SYN", "RST RST", "ALL NONE", "ACK ACK", "FIN,PSH FIN"];

const tcp: Draw = (random) =>
  random.weighted([
    [6, () => ` -m tcp ${bang(random)}--dport ${portRange(random)}`],
    [2, () => ` -m tcp ${bang(random)}--sport ${portRange(random)} --dport ${portRange(random)}`],
    [1, () => ` -m tcp ${bang(random)}--syn`],
    [2, () => ` -m tcp ${bang(random)}--tcp-flags ${random.pick(FLAGS)}`],
  ])();
const udp: Draw = (random) =>
  ` -m udp ${bang(random)}--${random.pick(["dport", "dport", "sport"])} ${portRange(random)}`;
const icmp: Draw = (random, { family }) =>
  family === 4
    ? ` -m icmp ${bang(random)}--icmp-type ${random.pick(["8", "0", "any", "3", "3/3", "11/0"])}`
    : ` -m icmp6 ${bang(random)}--icmpv6-type ${random.pick(["128", "129", "1", "1/4", "3/0"])}`;
const multiport: Draw = (random) => {
  const ports = random.some(PORTS, random.int(1, 3)).join(",");
  const list = random.chance(0.2) ? `${ports},15006:30001` : ports;
  return ` -m multiport ${bang(random)}--${random.pick(["dports", "sports", "ports"])} ${list}`;
};

const STATES = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "SNAT", "DNAT"];
const STATUSES = ["NONE", "EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED"];

const conntrack: Draw = (random, { family }) => {
  const { own, far, prefixes } = wordsOf(family);
  const side = random.pick(["orig", "repl"]);
  const end = random.pick(["src", "dst"]);
  return ` -m conntrack${random.weighted([
    [8, () => ` ${bang(random)}--ctstate ${random.some(STATES, random.int(1, 3)).join(",")}`],
    [2, () => ` ${bang(random)}--ctstatus ${random.some(STATUSES, random.int(1, 2)).join(",")}`],
    [2, () => ` ${bang(random)}--ct${side}${end} ${random.pick([...own, ...far, ...prefixes])}`],
    [2, () => ` ${bang(random)}--ct${side}${end}port ${portRange(random)}`],
    [1, () => ` ${bang(random)}--ctproto ${random.pick(["6", "17", "1", "58"])}`],
    [2, () => ` --ctdir ${random.pick(["ORIGINAL", "REPLY"])}`],
    [1, () => ` --ctstate ${random.pick(["NEW", "INVALID"])} --ct${side}${end} ${random.pick(prefixes)}`],
  ])()}`;
};

const owner: Draw = (random) => {
  const uid = random.pick(UIDS);
  return ` -m owner${random.weighted([
    [5, () => ` ${bang(random, 0.4)}--uid-owner ${uid}`],
    [3, () => ` ${bang(random, 0.4)}--gid-owner ${uid}`],
    [1, () => ` ${bang(random)}--gid-owner ${uid} --suppl-groups`],
    [1, () => ` ${bang(random)}--socket-exists`],
    [1, () => ` ${bang(random, 0.5)}--uid-owner 1000-1337 ${bang(random, 0.5)}--gid-owner ${random.pick(UIDS)}`],
  ])()}`;
};

const addrtype: Draw = (random, { family, hooks }) => {
  const types =
    family === 4 ? ["LOCAL", "UNICAST", "BROADCAST,MULTICAST", "UNICAST,LOCAL"] : ["LOCAL", "UNICAST", "MULTICAST"];
  const inOnly = hooks.every((hook) => hook === "PREROUTING" || hook === "INPUT");
  const limit = inOnly && random.chance(0.2) ? " --limit-iface-in" : "";
  return ` -m addrtype ${bang(random)}--${random.pick(["src", "dst"])}-type ${random.pick(types)}${limit}`;
};

/** Matches that may stand in any rule of any table, and what they ask for about as often as it is true. */
const ANYWHERE: readonly (readonly [number, Draw])[] = [
  [5, (random) => ` -m mark ${bang(random)}--mark ${hex(random.pick(MARKS))}${random.pick(MASKS)}`],
  [3, (random) => ` -m connmark ${bang(random)}--mark ${hex(random.pick(MARKS))}${random.pick(MASKS)}`],
  [6, conntrack],
  [2, (random) => ` -m state ${bang(random)}--state ${random.some(STATES.slice(0, 5), random.int(1, 2)).join(",")}`],
  [3, addrtype],
  [
    2,
    (random, { family }) =>
      ` -m iprange ${bang(random)}--${random.pick(["src", "dst"])}-range ${random.pick(wordsOf(family).ranges)}`,
  ],
  [
    2,
    (random) =>
      ` -m length ${bang(random)}--length ${random.pick(["0:60", "28", "32", "40:48", "60", "61:1500", "80"])}`,
  ],
  [
    2,
    (random, { family }) =>
      family === 4
        ? ` -m ttl ${random.pick(["--ttl-eq 64", "! --ttl-eq 64", "--ttl-lt 64", "--ttl-gt 63", "--ttl-eq 63"])}`
        : ` -m hl ${random.pick(["--hl-eq 64", "! --hl-eq 64", "--hl-lt 64", "--hl-gt 63", "--hl-eq 63"])}`,
  ],
  [1, (random) => ` -m dscp ${bang(random)}--dscp ${random.pick(["0x00", "0x12", "0x2e"])}`],
  [
    1,
    (random) =>
      ` -m tos ${bang(random)}--tos ${hex(random.pick([0, ...TOS]))}/${random.pick(["0xff", "0x3f", "0x10"])}`,
  ],
  [1, (random) => ` -m pkttype ${bang(random)}--pkt-type ${random.pick(["unicast", "broadcast", "multicast"])}`],
  [
    2,
    (random) => {
      const every = random.int(2, 3);
      return ` -m statistic --mode nth ${bang(random)}--every ${every} --packet ${random.int(0, every - 1)}`;
    },
  ],
  [0.5, (random) => ` -m statistic --mode random ${bang(random)}--probability ${random.pick(["0", "1"])}`],
  [1, (random) => ` -m limit --limit ${random.pick(["1/hour", "2/hour"])} --limit-burst ${random.int(1, 3)}`],
  [
    0.7,
    (random) => {
      const mode = random.pick([
        "",
        " --hashlimit-mode srcip",
        " --hashlimit-mode dstip,dstport",
        " --hashlimit-mode srcip,srcport",
      ]);
      const word = random.pick(["upto", "above"]);
      return ` -m hashlimit --hashlimit-${word} ${random.pick(["1/hour", "2/minute"])} --hashlimit-burst ${random.int(1, 3)}${mode} --hashlimit-name h${random.int(0, 999)}`;
    },
  ],
  [
    1,
    (random) => {
      const side = random.pick(["--rsource", "--rdest"]);
      const name = `--name r${random.int(0, 1)} ${side}`;
      return ` -m recent ${random.weighted([
        [4, () => `${bang(random)}--set ${name}`],
        [3, () => `${bang(random)}--rcheck ${name}`],
        [2, () => `${bang(random)}--update --hitcount ${random.int(1, 3)} ${name}`],
        [1, () => `${bang(random)}--remove ${name}`],
      ])()}`;
    },
  ],
  [0.7, (random) => ` -m quota ${bang(random)}--quota ${random.pick([60, 100, 150, 200])}`],
  [0.5, (random) => ` -m comment --comment ${random.pick(["dns", '"a \\" quote"', '"-j DROP"'])}`],
];

/** In built-in chains only: a second look within one tick of the kernel's clock counts a connection twice (E2). */
const connlimit: Draw = (random, { family }) =>
  ` -m connlimit --connlimit-${random.pick(["above", "upto"])} ${random.int(0, 2)} --connlimit-mask ${family === 4 ? random.pick([0, 24, 32]) : random.pick([0, 64, 128])} --connlimit-${random.pick(["saddr", "daddr"])}`;

const socket: Draw = (random) =>
  ` -m socket${random.chance(0.4) ? " --transparent" : ""}${random.chance(0.4) ? " --nowildcard" : ""}`;

const rpfilter: Draw = (random) =>
  ` -m rpfilter${["loose", "validmark", "accept-local", "invert"].map((word) => (random.chance(0.35) ? ` --${word}` : "")).join("")}`;

const policy =
  (direction: "in" | "out"): Draw =>
  (random) =>
    ` -m policy --dir ${direction} --pol ${random.pick(["none", "none", "ipsec"])}`;

const isWithin = ({ hooks }: Place, allowed: readonly string[]): boolean =>
  hooks.every((hook) => allowed.includes(hook));

function anyMatch(random: Random, place: Place, proto: Proto): string {
  const local: (readonly [number, Draw])[] = isWithin(place, ["OUTPUT", "POSTROUTING"]) ? [[12, owner]] : [];
  const incoming: (readonly [number, Draw])[] = isWithin(place, ["PREROUTING", "INPUT"]) ? [[1.5, socket]] : [];
  const arriving = isWithin(place, ["PREROUTING"]) && (place.table === "raw" || place.table === "mangle");
  const reverse: (readonly [number, Draw])[] = arriving ? [[5, rpfilter]] : [];
  const policies: (readonly [number, Draw])[] = [
    ...(isWithin(place, ["PREROUTING", "INPUT", "FORWARD"]) ? [[0.5, policy("in")] as const] : []),
    ...(isWithin(place, ["FORWARD", "OUTPUT", "POSTROUTING"]) ? [[0.5, policy("out")] as const] : []),
  ];
  const once: (readonly [number, Draw])[] = place.builtin ? [[0.7, connlimit]] : [];
  return random.weighted([...ANYWHERE, ...local, ...incoming, ...reverse, ...policies, ...once])(random, place, proto);
}

const device = (random: Random): string => random.pick(["eth0", "eth1", "lo", "eth+", "lo+", "+"]);

/** Devices that a built-in chain may name; a chain of one's own may name any (R9). */
function devices(random: Random, { hooks, builtin }: Place): string {
  const into = !builtin || hooks.every((hook) => hook !== "OUTPUT" && hook !== "POSTROUTING");
  const out = !builtin || hooks.every((hook) => hook !== "PREROUTING" && hook !== "INPUT");
  return (
    (into && random.chance(0.25) ? ` ${bang(random)}-i ${device(random)}` : "") +
    (out && random.chance(0.25) ? ` ${bang(random)}-o ${device(random)}` : "")
  );
}

/** The words of a rule before its target, and its protocol if that is certain. */
export function conditions(random: Random, place: Place, wanted?: Proto): { text: string; proto: Proto } {
  const { prefixes } = wordsOf(place.family);
  const address = (flag: string): string =>
    random.chance(0.22) ? ` ${bang(random)}${flag} ${random.pick(prefixes)}` : "";
  let text = address("-s") + address("-d") + devices(random, place);
  const proto = wanted ?? (random.chance(0.45) ? random.pick(["tcp", "tcp", "udp", "icmp"] as const) : undefined);
  if (proto !== undefined) {
    text += ` -p ${proto === "icmp" && place.family === 6 ? "ipv6-icmp" : proto}`;
    const ports =
      random.chance(0.2) && proto !== "icmp" ? multiport : proto === "tcp" ? tcp : proto === "udp" ? udp : icmp;
    if (random.chance(0.5)) text += ports(random, place, proto);
  } else if (random.chance(0.08)) text += ` ! -p ${random.pick(["tcp", "udp"])}`;
  const count = random.weighted([
    [5, 0],
    [5, 1],
    [2, 2],
  ]);
  for (let made = 0; made < count; made++) text += anyMatch(random, place, proto);
  return { text, proto };
}
