import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import type { Walk } from "../walk/walk.ts";

/** What a person could say to settle an undetermined packet, or might have forgotten. */
export function hintsFor(netns: Netns, packet: PacketSpec, { fate }: Pick<Walk, "fate">): readonly string[] {
  if (fate.kind !== "undetermined") return familyHints(netns, packet);
  const open = new Set(fate.because.map((one) => one.field));
  const first = fate.because.find((one) => one.field === "in" || one.field === "out");
  const owners = (["uid", "gid"] as const).filter((field) => open.has(field) && packet[field] === undefined);
  const name = fate.because.map((one) => /nobody said who (\S+) is/.exec(one.message)?.[1]).find(Boolean);
  return [
    ...(first
      ? [
          `--assume "istio" fills what a listing of Istio's rules hides; --assume "${first.chain} ${first.rule} ${first.field}=lo" one rule's`,
        ]
      : []),
    ...(owners.length > 0 ? [`the packet may say who sends it: ${owners.map((one) => `${one}=1000`).join(" ")}`] : []),
    ...(name === undefined
      ? []
      : [`--netns FILE.json may say who it is: {"names": {"users": {"${name}": 1337}, "groups": {"${name}": 1337}}}`]),
    ...(open.has("sockets") ? ["--netns FILE.json may list the sockets"] : []),
    ...(open.has("sets") ? ["--sets FILE takes what ipset save prints"] : []),
  ];
}

/** An IPv6 packet passes by the rules of iptables, and an IPv4 one by those of ip6tables. */
function familyHints({ rulesets }: Netns, { dst }: PacketSpec): readonly string[] {
  const family = dst.includes(":") ? "ipv6" : "ipv4";
  if (rulesets.some((one) => one.family === family && one.tables.length > 0)) return [];
  const command = family === "ipv6" ? "ip6tables-save" : "iptables-save";
  return [`the dumps hold no ${family} rules, which alone this packet would meet: ${command} prints them`];
}
