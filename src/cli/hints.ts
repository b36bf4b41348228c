import type { MissingName } from "../net/missing-name.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import type { Netns } from "../netns/netns.ts";
import type { Walk } from "../walk/run/walk.ts";

/** What a person could say to settle an undetermined packet, or might have forgotten. */
export function hintsFor(netns: Netns, packet: PacketSpec, { fate }: Pick<Walk, "fate">): readonly string[] {
  if (fate.kind !== "undetermined") return familyHints(netns, packet);
  const open = new Set(fate.because.map((one) => one.field));
  const first = fate.because.find((one) => one.field === "in" || one.field === "out");
  const owners = (["uid", "gid"] as const).filter((field) => open.has(field) && packet[field] === undefined);
  const missing = fate.because.find((one) => one.missing !== undefined)?.missing;
  return [
    ...(first
      ? [
          `--assume "istio" fills what a listing of Istio's rules hides; --assume "${first.chain} ${first.rule} ${first.field}=lo" one rule's`,
        ]
      : []),
    ...(owners.length > 0 ? [`the packet may say who sends it: ${owners.map((one) => `${one}=1000`).join(" ")}`] : []),
    ...(missing === undefined ? [] : [`--netns FILE.json may say what it is: ${namesJson(missing)}`]),
    ...(open.has("sockets") ? ["--netns FILE.json may list the sockets"] : []),
    ...(open.has("sets") ? ["--sets FILE takes what ipset save prints"] : []),
  ];
}

/** What one name could mean, as a description of a namespace says it. */
const EXAMPLES: Readonly<Record<MissingName["where"], string | number>> = {
  users: 1337,
  groups: 1337,
  hosts: "192.0.2.1",
  services: 8080,
};

const namesJson = ({ name, where }: MissingName): string =>
  `{"names": {"${where}": {${JSON.stringify(name)}: ${JSON.stringify(EXAMPLES[where])}}}}`;

/** An IPv6 packet passes by the rules of iptables, and an IPv4 one by those of ip6tables. */
function familyHints({ rulesets }: Netns, { dst }: PacketSpec): readonly string[] {
  const family = dst.includes(":") ? "ipv6" : "ipv4";
  if (rulesets.some((one) => one.family === family && one.tables.length > 0)) return [];
  const command = family === "ipv6" ? "ip6tables-save" : "iptables-save";
  return [`the dumps hold no ${family} rules, which alone this packet would meet: ${command} prints them`];
}
