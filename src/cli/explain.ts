import { explain } from "../explain/explain.ts";
import { explanationMarkdown } from "../explain/markdown.ts";
import { fateText } from "../explain/summary.ts";
import { explanationText } from "../explain/text.ts";
import { reaches } from "../explain/why-not.ts";
import { QUOTES, readArguments, usage } from "./arguments.ts";
import { wantsColor } from "./color.ts";
import { Failure } from "./failure.ts";
import { readGoal } from "./goal.ts";
import { hintsFor } from "./hints.ts";
import type { Command, ExitCode, Io } from "./io.ts";
import { readNetns, readPacketText, readTime } from "./read-input.ts";

const HELP = `Usage: nfwalk explain DUMP… PACKET [options]

Walks one packet through the rules and says where it ends, which rule decided,
and for every rule that was looked at why it did not match.

DUMP    a file with what iptables -S, iptables -L or iptables-save printed, or
        - for standard input; several files are the tables of one host
PACKET  in words, one argument: "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000"
        (in=eth0 for a packet that arrives), or as a JSON object

Options:
  --not GOAL, --why-not GOAL   why does it not end there? GOAL is a port, what
                               becomes of it (dropped, sent, delivered, …), or
                               members of a fate: '{"kind":"sent","out":"eth1"}'
  --expect GOAL                exit 1 if it ends elsewhere
  --assume TEXT                fills what a listing without -v hides; may be
                               repeated: "istio" recognises the sidecar's rules,
                               "ISTIO_OUTPUT 1,2,3,5,6 out=lo" names rules, and says
                               that all others have no interface; "rest=hidden"
                               besides keeps those hidden
  --netns FILE.json            the host: interfaces, routes, rules, sysctl,
                               sockets, sets, names (docs/worlds.md)
  --sets FILE                  the ipsets, as ipset save or ipset list prints them
  --family ipv4|ipv6           which rules of a text are meant
  --table NAME                 the table of a listing that does not say
  --flavour legacy|nft         how the rules are loaded
  --time SECONDS               on the clock of limits and of conntrack
  --all                        long runs of rules that do not match, too
  --json                       the explanation as data, on one line
  --markdown                   the explanation as Markdown
  --color auto|always|never    default auto: on a terminal, without NO_COLOR

Exit code: 0 done, 1 another end than --expect, 2 bad input.

Examples:
  nfwalk explain nat.txt "tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1000 gid=1000" --not 15006
  kubectl exec pod -c istio-proxy -- iptables-save | nfwalk explain - "tcp 10.0.0.9:1 -> 10.0.0.2:8080 in=eth0"
  nfwalk explain listing.txt "tcp -> 8.8.8.8:443 uid=1000 gid=1000" --assume istio --expect 15001
`;

const OPTIONS = {
  not: { type: "string" },
  "why-not": { type: "string" },
  expect: { type: "string" },
  assume: { type: "string", multiple: true },
  netns: { type: "string" },
  sets: { type: "string" },
  family: { type: "string" },
  table: { type: "string" },
  flavour: { type: "string" },
  time: { type: "string" },
  all: { type: "boolean" },
  json: { type: "boolean" },
  markdown: { type: "boolean" },
  color: { type: "string" },
} as const;

function run(args: readonly string[], io: Io): ExitCode {
  const { values, positionals } = readArguments("explain", args, OPTIONS);
  const dumps = positionals.slice(0, -1);
  const last = positionals.at(-1);
  if (last === undefined || dumps.length === 0)
    throw usage("explain", `expected a dump and a packet, got ${last === undefined ? "nothing" : `only "${last}"`}`);
  if (positionals.some((one) => /^(?:tcp|udp|icmp|icmpv6|sctp)$/.test(one)))
    throw usage("explain", `expected a dump and a packet, got ${positionals.length} arguments`, QUOTES);
  if (dumps.some((one) => one.includes("->"))) throw usage("explain", "expected the packet last, behind the dumps");
  const color = wantsColor(values.color, io);
  const packet = readPacketText(last, "PACKET");
  const goal = values["why-not"] ?? values.not;
  const whyNot = goal === undefined ? undefined : readGoal("--not", goal);
  const expected = values.expect === undefined ? undefined : readGoal("--expect", values.expect);
  const netns = readNetns(dumps, values, io);
  const time = readTime(values.time);
  const explanation = refusing(() =>
    explain(netns, packet, { ...(time !== undefined && { time }), ...(whyNot !== undefined && { whyNot }) }),
  );
  const { all = false } = values;
  if (values.json) io.stdout(`${JSON.stringify(explanation)}\n`);
  else if (values.markdown) io.stdout(explanationMarkdown(explanation, { all }));
  else io.stdout(explanationText(explanation, { color, all }));
  for (const hint of hintsFor(netns, packet, explanation.walk)) io.stderr(`hint: ${hint}\n`);
  if (expected === undefined || reaches(explanation.walk, expected)) return 0;
  io.stderr(`expected ${values.expect}, but the packet is ${fateText(explanation.walk.fate)}\n`);
  return 1;
}

/** A packet that does not fit its namespace is bad input. */
export function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message);
    throw error;
  }
}

export const explainCommand: Command = {
  name: "explain",
  summary: "where does this packet end, which rule decided, and why not the other port",
  help: HELP,
  run,
};
