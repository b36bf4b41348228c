import { decisionOf } from "../explain/decision.ts";
import { packetWords } from "../explain/packet-words.ts";
import { recordTrace } from "../explain/record.ts";
import { fateText, summaryOf } from "../explain/summary.ts";
import { toSave } from "../iptables/save/write.ts";
import { countsOf, withCounters } from "../netns/counters.ts";
import type { Netns } from "../netns/netns.ts";
import { send } from "../walk/outcomes.ts";
import { readArguments, usage } from "./arguments.ts";
import { refusing } from "./explain.ts";
import { Failure } from "./failure.ts";
import { hintsFor } from "./hints.ts";
import type { Command, ExitCode, Io } from "./io.ts";
import { readNetns, readText, readTime, readTimedPacket, type TimedPacket } from "./read-input.ts";

const HELP = `Usage: nfwalk walk DUMP… --packets FILE [options]

Walks packets through the rules, one after another in the same namespace: a
reply finds the entry that its connection made, limits fill up, counters rise.

DUMP    a file with what iptables -S, iptables -L or iptables-save printed, or
        - for standard input; several files are the tables of one host

Options:
  --packets FILE        one packet a line, as JSON or in words; - is standard
                        input; empty lines and lines that start with # are
                        passed over; "time" in a JSON packet is its second
  --netns FILE.json     the host: interfaces, routes, rules, sysctl, sockets,
                        sets, names (docs/worlds.md)
  --sets FILE           the ipsets, as ipset save or ipset list prints them
  --answers             also sends what REJECT answers, which counts, too
  --counters            prints the rules as iptables-save -c would afterwards
  --flavour legacy|nft  how the rules are loaded
  --time SECONDS        of all packets that do not say theirs
  --assume TEXT         fills what a listing hides, as for nfwalk explain
  --family ipv4|ipv6    which rules of a text are meant
  --table NAME          the table of a listing that does not say
  --json                one walk a line, as data; with --counters a last line
                        with the counters of what was counted

Exit code: 0 done, 2 bad input.

Examples:
  nfwalk walk rules.v4 --packets packets.ndjson --netns pod.json
  echo "tcp 10.0.0.9:40000 -> 10.0.0.2:80 in=eth0" | nfwalk walk rules.v4 --packets - --counters
`;

const OPTIONS = {
  packets: { type: "string" },
  netns: { type: "string" },
  sets: { type: "string" },
  answers: { type: "boolean" },
  counters: { type: "boolean" },
  flavour: { type: "string" },
  time: { type: "string" },
  assume: { type: "string", multiple: true },
  family: { type: "string" },
  table: { type: "string" },
  json: { type: "boolean" },
} as const;

function run(args: readonly string[], io: Io): ExitCode {
  const { values, positionals } = readArguments("walk", args, OPTIONS);
  if (positionals.length === 0) throw usage("walk", "expected a dump, got nothing");
  if (values.packets === undefined) throw usage("walk", "expected --packets FILE");
  if (positionals.includes("-") && values.packets === "-")
    throw usage("walk", "standard input cannot be both the dump and the packets");
  const time = readTime(values.time);
  const packets = readPackets(values.packets, io);
  let netns = readNetns(positionals, values, io);
  const hints = new Set<string>();
  for (const one of packets) {
    const at = one.time ?? time;
    const { observer, trace } = recordTrace();
    const sent = refusing(() =>
      send(netns, one.packet, {
        ...(at !== undefined && { time: at }),
        ...(!values.json && { observer }),
        answers: values.answers ?? false,
      }),
    );
    const { walk, answer } = sent;
    for (const hint of hintsFor(netns, one.packet, walk)) hints.add(hint);
    netns = sent.netns;
    if (values.json) io.stdout(`${JSON.stringify(answer === null ? walk : { ...walk, answer })}\n`);
    else if (!values.counters) {
      io.stdout(`${packetWords(one.packet)}\n  ${summaryOf(walk, trace, decisionOf(trace, walk.fate))}\n`);
      if (answer !== null) io.stdout(`  Answered: ${packetWords(answer.packet)}, ${fateText(answer.walk.fate)}.\n`);
    }
  }
  if (values.counters) io.stdout(countersText(netns, values.json ?? false));
  for (const hint of hints) io.stderr(`hint: ${hint}\n`);
  return 0;
}

function countersText(netns: Netns, json: boolean): string {
  if (json) return `${JSON.stringify({ counters: countsOf(netns.counters) })}\n`;
  return netns.rulesets.map((ruleset) => toSave(withCounters(ruleset, netns.counters), { counters: true })).join("");
}

function readPackets(path: string, io: Io): readonly TimedPacket[] {
  const { name, text } = readText(path, io);
  // One value for all, or a packet that a formatter has laid out.
  const hint = /^\s*\[/.test(text) ? "jq -c '.[]'" : /^\s*\{\s*\n/.test(text) ? "jq -c ." : undefined;
  if (hint !== undefined)
    throw new Failure(`${name}: expected one packet a line\n  hint: ${hint} ${path} | nfwalk walk … --packets -`);
  return text
    .split(/\r?\n/)
    .flatMap((line, at) => (/^\s*(#|$)/.test(line) ? [] : [readTimedPacket(line, name, at + 1)]));
}

export const walkCommand: Command = {
  name: "walk",
  summary: "the walk of each packet, one after another in the same namespace",
  help: HELP,
  run,
};
