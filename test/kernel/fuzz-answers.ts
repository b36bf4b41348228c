import { conditions } from "./fuzz-matches.ts";
import { type Plan, planOf } from "./fuzz-plan.ts";
import { random } from "./fuzz-random.ts";

/**
 * In place of the layout's: of what the host says by itself, what REJECT does. Its errors are told by codes that the
 * stack does not use; its reset, from the stack's, by having no socket, which IPv6 resets of either do not have.
 */
export const LET_ANSWERS = `flush chain inet laboratory silence
add rule inet laboratory silence meta priority 4e46:1 accept
add rule inet laboratory silence icmp type 3 icmp code { 9, 10 } accept
add rule inet laboratory silence icmpv6 type 1 icmpv6 code { 5, 6 } accept
add rule inet laboratory silence meta cgroup 0 drop
add rule inet laboratory silence meta nfproto ipv4 tcp flags & rst == rst accept
add rule inet laboratory silence drop
`;

/** Errors as often as a test wants them. */
export const UNLIMITED = {
  "net.ipv4.icmp_ratelimit": 0,
  "net.ipv4.icmp_msgs_per_sec": 0x7fffffff,
  "net.ipv4.icmp_msgs_burst": 0x7fffffff,
  "net.ipv6.icmp.ratelimit": 0,
} as const;

const CODES = { 4: ["icmp-net-prohibited", "icmp-host-prohibited"], 6: ["icmp6-policy-fail", "icmp6-reject-route"] };

/** The session of a seed with more rules that reject, and answers that {@link LET_ANSWERS} lets by. */
export function answersPlanOf(seed: number): Plan {
  const plan = planOf(seed);
  const { family } = plan;
  const draws = random(seed + 0x5eed);
  const kind = (isTcp: boolean): string =>
    isTcp && family === 4 && draws.chance(0.7) ? "tcp-reset" : draws.pick(CODES[family]);
  const rejects = ["INPUT", "FORWARD", "OUTPUT"].flatMap((chain) => {
    if (draws.chance(0.4)) return [];
    const wanted = draws.pick(["tcp", "udp", undefined] as const);
    const place = { family, table: "filter", builtin: true, hooks: [chain] };
    const { text, proto } = draws.chance(0.4)
      ? conditions(draws, place, wanted)
      : { text: wanted ? ` -p ${wanted}` : "", proto: wanted };
    return [`-A ${chain}${text} -j REJECT --reject-with ${kind(proto === "tcp")}`];
  });
  // Segments of a connection come from raw sockets here; the library takes them to be of a TCP socket, as they would be.
  const fromSockets = plan.sendings.every(
    (one) => one.kind !== "answer" && !(one.kind === "packet" && one.packet.in === undefined && one.packet.flags),
  );
  const rules = (fromSockets ? plan.rules : plan.rules.replace(/ -m socket( --transparent| --nowildcard)*/g, ""))
    .replace(/--reject-with (\S+)/g, (_, wanted: string) => `--reject-with ${kind(wanted === "tcp-reset")}`)
    .replace(/(\*filter\n(?::.*\n)*)/, `$1${rejects.map((line) => `${line}\n`).join("")}`);
  return { ...plan, rules };
}
