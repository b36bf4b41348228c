import { dirname, isAbsolute, join } from "node:path";
import { readConnection } from "../mesh/journey/connection.ts";
import { journey } from "../mesh/journey/journey.ts";
import { journeyMermaid } from "../mesh/journey/mermaid.ts";
import { journeySvg } from "../mesh/journey/svg.ts";
import { journeyText } from "../mesh/journey/text.ts";
import { readWorld } from "../mesh/world/read.ts";
import type { Connection, World } from "../mesh/world/world.ts";
import { readPacket } from "../net/packet.ts";
import { ParseError } from "../text/problem.ts";
import { QUOTES, readArguments, usage } from "./arguments.ts";
import { Failure, parseFailure } from "./failure.ts";
import type { Command, ExitCode, Io } from "./io.ts";
import { fileFailure, readNetns, readText, readTime } from "./read-input.ts";
import { readJson } from "./read-json.ts";

const HELP = `Usage: nfwalk journey WORLD.json CONNECTION [options]

Follows a connection through every proxy, pod and node that it visits, until an
application, the outside, a drop, or a loop.

WORLD.json  the namespaces: { "places": [PLACE, …] }, or - for standard input
CONNECTION  a packet in words and where it begins, one argument:
            "tcp -> 10.96.0.50:8000 uid=1000 gid=1000 from=sleep", or as JSON

A PLACE is one of
  { "name", "addresses": ["10.244.1.20/24"], "gateways": ["10.244.1.1"],
    "istio": {"inboundPortsInclude": "*", …} or ["-b", "*", …], "actors": [ACTOR, …] }
  { "kind": "node", "name", "nodeIPs": ["192.168.0.11/24"], "podCIDR": "10.244.1.0/24",
    "services": {"10.96.0.50:8000": ["10.244.1.30:80"]} }      with kube-proxy's rules
  { "kind": "netns", "name", "netns": {interfaces, routes, …} }
and each may have "dump": FILE or a list, in place of generated rules, beside
the world's own file; "assume": what listings hide; "netns": what else is known.
Places are wired by the addresses of their routes' next hops. docs/worlds.md has
every member.

An ACTOR is one of
  { "kind": "sidecar", "upstreams": {"10.96.0.50:8000": ["10.244.1.30:80"]},
    "mode": "REDIRECT" or "TPROXY", "hbone", "uid", "gid", "bind", "mark", "resolvers" }
  { "kind": "ztunnel", "upstreams", "plain", "uid", "gid", "bind", "mark", "resolvers" }
  { "kind": "application", "name", "ports": [80], "proto" }

Options:
  --mermaid        a Mermaid sequence diagram in place of text
  --svg FILE       writes a drawing; - prints it
  --json           the journey as data, on one line
  --time SECONDS   on the clock of limits and of conntrack

Exit code: 0 it reaches an application or leaves for the outside, 1 it does not
(a loop, a drop, nobody listens, undetermined), 2 bad input.

Example:
  nfwalk journey mesh.json "tcp -> 10.96.0.50:8000 uid=1000 gid=1000 from=sleep" --svg way.svg
`;

const OPTIONS = {
  mermaid: { type: "boolean" },
  svg: { type: "string" },
  json: { type: "boolean" },
  time: { type: "string" },
} as const;

function run(args: readonly string[], io: Io): ExitCode {
  const { values, positionals } = readArguments("journey", args, OPTIONS);
  const [path, words] = positionals;
  if (path === undefined || words === undefined)
    throw usage(
      "journey",
      `expected a world and a connection, got ${path === undefined ? "nothing" : `only "${path}"`}`,
    );
  if (positionals.length > 2)
    throw usage("journey", `expected a world and a connection, got ${positionals.length} arguments`, QUOTES);
  const time = readTime(values.time);
  const connection = connectionOf(words);
  const world = worldOf(path, io);
  const found = refusing(path, () => journey(world, connection, time === undefined ? {} : { time }));
  if (values.svg !== undefined && values.svg !== "-") write(values.svg, journeySvg(found), io);
  if (values.json) io.stdout(`${JSON.stringify(found)}\n`);
  else if (values.mermaid) io.stdout(journeyMermaid(found));
  else if (values.svg === "-") io.stdout(journeySvg(found));
  else io.stdout(journeyText(found));
  return found.end === "application" || found.end === "outside" ? 0 : 1;
}

function write(path: string, text: string, io: Io): void {
  try {
    io.writeFile(path, text);
  } catch (error) {
    throw fileFailure(`--svg: ${path === "" ? '""' : path}`, error);
  }
}

function connectionOf(words: string): Connection {
  try {
    const given = words.trimStart().startsWith("{")
      ? (readJson(words, "CONNECTION") as Connection)
      : readConnection(words);
    if (typeof given.from !== "string")
      throw new Failure('CONNECTION: from: expected the place where it begins, as "from": "sleep"');
    const { from: _, ...packet } = given;
    readPacket(packet, "CONNECTION");
    return given;
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(error.message);
    if (error instanceof ParseError) throw parseFailure(error, "CONNECTION", words);
    throw error;
  }
}

/** Reads a world; its dump files stand beside it. */
function worldOf(path: string, io: Io): World {
  const { name, text } = readText(path, io);
  const json = readJson(text, name);
  const beside = (file: string) => (isAbsolute(file) || path === "-" ? file : join(dirname(path), file));
  return refusing(name, () =>
    readWorld(json, (files, assume) => readNetns(files.map(beside), { assume }, io).rulesets),
  );
}

/** What does not fit the world is bad input. */
function refusing<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError || error instanceof ParseError)
      throw new Failure(`${name}: ${error.message}`);
    throw error;
  }
}

export const journeyCommand: Command = {
  name: "journey",
  summary: "the connection through every proxy and pod that it visits",
  help: HELP,
  run,
};
