import type { Flavour } from "../../src/index.ts";
import type { Agent } from "./lab-agent.ts";
import { ip } from "./lab-layout.ts";
import type { LabPacket, Session } from "./lab-types.ts";
import { door, makeHost, neighbour, type Scene, scene, up } from "./scene.ts";

/** Tables in save text: the chains of each with their rules, policies ACCEPT; a chain in small letters is the user's. */
export function tables(all: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>): string {
  const texts = Object.entries(all).map(([table, chains]) => {
    const heads = Object.keys(chains).map((chain) => `:${chain} ${/^[A-Z]+$/.test(chain) ? "ACCEPT" : "-"} [0:0]`);
    const rules = Object.entries(chains).flatMap(([chain, list]) => list.map((rule) => `-A ${chain} ${rule}`));
    return [`*${table}`, ...heads, ...rules, "COMMIT"].join("\n");
  });
  return `${texts.join("\n")}\n`;
}

const CAME = ["--physdev-in pa", "! --physdev-in pa", "--physdev-in p+", "--physdev-is-in", "! --physdev-is-in"];
const BRIDGED = ["--physdev-is-bridged", "! --physdev-is-bridged"];
const LEAVES = ["--physdev-out pb", "! --physdev-out pb", "--physdev-is-out", "! --physdev-is-out"];
const BOTH = [
  "--physdev-in pa --physdev-out pb",
  "--physdev-in pa ! --physdev-is-out",
  "! --physdev-in wan --physdev-out p+",
];
const physdev = (...lists: readonly (readonly string[])[]) => lists.flat().map((one) => `-m physdev ${one}`);
const policy = (...directions: readonly string[]) =>
  directions.flatMap((dir) =>
    [`--pol none`, `--pol ipsec`, `--pol ipsec --strict --proto esp`].map((one) => `-m policy --dir ${dir} ${one}`),
  );
/** Devices are asked for in a chain of the user's, since `-i` may not stand in POSTROUTING. */
const DEVICES = ["br0", "pa", "pb", "wan", "+"].flatMap((name) => [`-i ${name}`, `-o ${name}`]);

const BRIDGE: string = tables({
  raw: { PREROUTING: ["-i br0", "-i pa"], OUTPUT: [] },
  mangle: {
    PREROUTING: ["-j devices", ...physdev(CAME, BRIDGED, LEAVES, BOTH), ...policy("in")],
    INPUT: ["-j devices", ...physdev(CAME, BRIDGED, LEAVES), ...policy("in")],
    FORWARD: ["-j devices", ...physdev(CAME, BRIDGED, LEAVES, BOTH), ...policy("in", "out"), "-m ttl --ttl-eq 64"],
    OUTPUT: ["-j devices", ...physdev(CAME, BRIDGED), ...policy("out")],
    POSTROUTING: ["-j devices", ...physdev(CAME, BRIDGED, LEAVES, BOTH), ...policy("out"), "-m ttl --ttl-eq 64"],
    devices: DEVICES,
  },
  nat: {
    PREROUTING: [
      "-d 10.1.0.77 -j DNAT --to-destination 10.1.0.1",
      "-d 10.1.0.78 -j DNAT --to-destination 10.2.0.9",
      "-d 10.1.0.79 -j DNAT --to-destination 10.1.0.12",
    ],
    INPUT: [],
    OUTPUT: [],
    POSTROUTING: ["-o br0"],
  },
  filter: { INPUT: ["-i br0"], FORWARD: ["-i br0 -o br0 -m physdev --physdev-is-bridged"], OUTPUT: [] },
  security: { INPUT: [], FORWARD: ["-i br0"], OUTPUT: [] },
});

const mac = (last: string): string => `02:00:00:00:00:${last}`;

/** A host with the bridge br0 (ports pa, pb, pc) and the device wan. */
export async function bridge(
  agent: Agent,
  flavour: Flavour,
  setting: Readonly<Record<string, number>>,
): Promise<Scene> {
  const sysctl = { "net.ipv4.ip_forward": 1, "net.bridge.bridge-nf-call-iptables": 1, ...setting };
  await makeHost(agent, sysctl);
  // Else the bridge joins a group, and the host says so.
  await ip(agent, "host", `link add br0 address ${mac("01")} type bridge mcast_snooping 0`);
  for (const [port, last] of [
    ["pa", "0a"],
    ["pb", "0b"],
    ["pc", "0c"],
  ] as const) {
    await neighbour(agent, port, mac(last));
    await ip(agent, "host", `link set dev ${port} master br0 up`);
  }
  await neighbour(agent, "wan", mac("02"));
  await ip(
    agent,
    "host",
    `${up("br0")}\n${up("wan")}\naddr add 10.1.0.1/24 dev br0\naddr add 10.2.0.1/24 dev wan
neigh add 10.1.0.11 lladdr ${mac("1b")} dev br0\nneigh add 10.1.0.12 lladdr ${mac("1c")} dev br0`,
  );
  for (const [port, last] of [
    ["pb", "1b"],
    ["pc", "1c"],
  ] as const)
    await agent.run("host", ["bridge", "fdb", "add", mac(last), "dev", port, "master", "static"]);
  await door(agent, "pa", "pa>pb", mac("1b"));
  await door(agent, "pa", "pa", mac("01"));
  await door(agent, "wan", "wan", mac("02"));
  return scene(agent, flavour, BRIDGE, { sysctl, sockets: [], xfrm: "none" });
}

/** A router between lan and wan. */
export async function router(agent: Agent, flavour: Flavour, rules: string): Promise<Scene> {
  const sysctl = { "net.ipv4.ip_forward": 1, "net.netfilter.nf_conntrack_tcp_loose": 0 };
  await makeHost(agent, sysctl);
  for (const [device, last, address] of [
    ["lan", "01", "10.1.0.1/24"],
    ["wan", "02", "10.2.0.1/24"],
  ] as const) {
    await neighbour(agent, device, mac(last));
    await ip(agent, "host", `${up(device)}\naddr add ${address} dev ${device}`);
    await door(agent, device, device, mac(last));
  }
  return scene(agent, flavour, rules, { sysctl, sockets: [], xfrm: "none" });
}

/** Behind the rule that answers stands one that tells what it left. */
export const SYNPROXY: string = tables({
  raw: { PREROUTING: ["-i lan -p tcp --syn -j CT --notrack"], OUTPUT: [] },
  mangle: {
    PREROUTING: ["-m conntrack --ctstate UNTRACKED", "-m conntrack --ctstate INVALID"],
    INPUT: [],
    FORWARD: ["-p tcp"],
    OUTPUT: [],
    POSTROUTING: [],
  },
  filter: {
    INPUT: [],
    FORWARD: ["-p tcp -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --wscale 7 --mss 1460", "-p tcp -j DROP"],
    OUTPUT: [],
  },
});

/** Where a packet is seen, and in which state. */
export const STATES: string = tables({
  raw: { PREROUTING: ["-p udp --dport 99 -j CT --notrack"], OUTPUT: [] },
  mangle: {
    PREROUTING: ["NEW", "INVALID", "UNTRACKED", "ESTABLISHED"].map((one) => `-m conntrack --ctstate ${one}`),
    INPUT: [],
    FORWARD: [],
    OUTPUT: [],
    POSTROUTING: [],
  },
});

const OPENING_RULES = [
  ...["NEW", "ESTABLISHED", "INVALID"].map((state) => `-m conntrack --ctstate ${state}`),
  ...["SEEN_REPLY", "ASSURED"].map((status) => `-m conntrack --ctstatus ${status}`),
  ...["SYN", "SYN,ACK", "ACK"].map((flags) => `-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK ${flags}`),
];

/** Both sides of the laboratory's host, which forwards. */
export const OPENING: Omit<Session, "packets"> = {
  family: 4,
  sysctl: { "net.ipv4.ip_forward": 1 },
  sockets: [],
  rules: tables({
    // The laboratory loads each table, and entries tell whether nat was asked.
    nat: { PREROUTING: [], INPUT: [], OUTPUT: [], POSTROUTING: [] },
    filter: { INPUT: [], FORWARD: OPENING_RULES, OUTPUT: [] },
  }),
};

/** The packets of a simultaneous open, and orders in which they are sent: the usual ones, and some at random. */
export function simultaneous(count: number): { readonly packets: readonly LabPacket[]; readonly orders: number[][] } {
  const ends = { proto: "tcp", sport: 4000, dport: 4000 };
  const one = { ...ends, in: "eth0", src: "10.244.1.9", dst: "192.168.77.9" };
  const other = { ...ends, in: "eth1", src: "192.168.77.9", dst: "10.244.1.9" };
  const packets: LabPacket[] = [
    { ...one, flags: ["SYN"], seq: 1000 },
    { ...other, flags: ["SYN"], seq: 5000 },
    { ...one, flags: ["SYN", "ACK"], seq: 1000, ack: 5001 },
    { ...other, flags: ["SYN", "ACK"], seq: 5000, ack: 1001 },
    { ...one, flags: ["ACK"], seq: 1001, ack: 5001 },
    { ...other, flags: ["ACK"], seq: 5001, ack: 1001 },
    { ...one, flags: ["ACK"], seq: 1001, ack: 5001, payload: 10 },
  ];
  let seed = 20;
  const draw = (): number => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return (seed >>> 8) % packets.length;
  };
  const orders = [
    [0, 1, 2, 3, 4, 5, 6],
    [0, 1, 3, 2, 4, 5, 6],
    [0, 1, 3, 4, 5, 6],
    [0, 1, 2, 5, 6],
    [0, 1, 1, 0, 2, 3, 5, 6],
    [0, 1, 2, 0, 5, 6],
  ];
  for (let at = 0; at < count; at++) orders.push([0, 1, ...Array.from({ length: 6 }, draw)]);
  return { packets, orders };
}
