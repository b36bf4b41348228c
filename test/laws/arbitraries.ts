/**
 * Rulesets over everything that is modelled, as `iptables-save` text, and packets that lean towards the values that the
 * rules name.
 *
 * Rules stand where iptables allows them: an extension's record says in which tables, at which hooks and with which
 * protocols it may be used, and a user chain belongs to one hook.
 */
import fc from "fast-check";
import type { PacketSpec, Ruleset } from "../../src/index.ts";
import type { Placement } from "../../src/iptables/extension/match.ts";
import { lower } from "../../src/iptables/lower/lower.ts";
import { matches } from "../../src/iptables/matches/table.ts";
import { BUILT_IN, TABLES, type TableName } from "../../src/iptables/ruleset/ruleset.ts";
import { targets } from "../../src/iptables/targets/table.ts";
import { addressText, type Family } from "../../src/net/address.ts";
import { boundariesOf } from "../../src/predicate/boundaries.ts";
import type { NumberField } from "../../src/predicate/field.ts";
import { conditionsOf } from "../../src/program/program.ts";
import { matchTexts } from "./match-texts.ts";
import { targetTexts } from "./target-texts.ts";
import { address, device, either, not, prefix, say, type Text } from "./texts.ts";

export const families: fc.Arbitrary<Family> = fc.constantFrom("ipv4", "ipv6");

interface Place {
  readonly family: Family;
  readonly table: TableName;
  readonly hook: string;
  readonly protocol: string;
}

const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  "": 0,
  tcp: 6,
  udp: 17,
  icmp: 1,
  "ipv6-icmp": 58,
  sctp: 132,
  dccp: 33,
  esp: 50,
  "47": 47,
};

/** Ports of nat targets need `-p`; REJECT and the rest do not. */
const NEED_PORTS = new Set(["DNAT", "SNAT", "REDIRECT", "MASQUERADE"]);

/** What packets often fit, so that walks get somewhere. */
const COMMON = new Set(["tcp", "udp", "owner", "mark", "conntrack", "multiport", ...NEED_PORTS, "MARK", "TPROXY"]);

/** What may stand at a place, of one of the two tables of extensions. */
function fitting(
  records: Readonly<Record<string, Placement & { readonly kind: string; readonly families?: readonly Family[] }>>,
  { family, table, hook, protocol }: Place,
): string[] {
  return Object.values(records)
    .filter(
      (one) =>
        (one.families?.includes(family) ?? true) &&
        (one.tables?.includes(table) ?? true) &&
        (one.hooks?.some((allowed) => allowed === hook) ?? true) &&
        (one.protocols?.includes(PROTOCOL_NUMBERS[protocol]!) ?? true) &&
        !(/^(tcp|udp)$/.test(one.kind) && one.kind !== protocol) &&
        !(one.kind === "multiport" && !/^(tcp|udp|sctp)$/.test(protocol)) &&
        !(one.kind === "ah" && protocol !== "51") &&
        !(one.kind === "ECN" && protocol !== "tcp") &&
        !(NEED_PORTS.has(one.kind) && !/^(tcp|udp)$/.test(protocol)),
    )
    .flatMap(({ kind }) => (COMMON.has(kind) ? Array<string>(6).fill(kind) : [kind]));
}

const texts = {
  ipv4: { match: matchTexts("ipv4"), target: targetTexts("ipv4") },
  ipv6: { match: matchTexts("ipv6"), target: targetTexts("ipv6") },
} as const;

function ruleIn(place: Place, jumps: readonly string[], loopy: boolean): Text {
  const { family, table, hook, protocol } = place;
  const kinds = fitting(matches, place);
  const match = fc
    .constantFrom(...kinds)
    .chain((kind) => texts[family].match[kind as keyof typeof matches].map((one) => ` -m ${kind}${one}`));
  const verdicts = ["", "", " -j ACCEPT", " -j RETURN", " -j RETURN", ...(table === "nat" ? [] : [" -j DROP"])];
  const extensions = fitting(targets, place);
  const target = fc
    .constantFrom(...extensions)
    .chain((kind) => texts[family].target[kind as keyof typeof targets].map((one) => ` -j ${kind}${one}`));
  const end = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...verdicts) },
    { weight: 3, arbitrary: target },
    ...(jumps.length > 0
      ? [{ weight: loopy ? 12 : 3, arbitrary: say` -${either("j", "j", "g")} ${either(...jumps)}` }]
      : []),
  );
  const few = fc.oneof(
    { weight: loopy ? 6 : 2, arbitrary: fc.constant("") },
    { weight: 2, arbitrary: match },
    { weight: 1, arbitrary: say`${match}${match}` },
  );
  const some = (text: Text): Text =>
    fc.oneof({ weight: 3, arbitrary: fc.constant("") }, { weight: 1, arbitrary: text });
  const inside = hook === "OUTPUT" || hook === "POSTROUTING" ? fc.constant("") : some(say`${not} -i ${device}`);
  const outside = hook === "PREROUTING" || hook === "INPUT" ? fc.constant("") : some(say`${not} -o ${device}`);
  const source = some(say`${not} -s ${prefix(family)}`);
  const destination = some(say`${not} -d ${prefix(family)}`);
  return say`${source}${destination}${inside}${outside}${fc.constant(protocol === "" ? "" : ` -p ${protocol}`)}${few}${end}`;
}

const protocols = (family: Family): Text =>
  either("tcp", "tcp", "tcp", "udp", "", "", "", family === "ipv4" ? "icmp" : "ipv6-icmp", "sctp", "dccp", "esp", "47");

const lineIn = (family: Family, table: TableName, hook: string, jumps: readonly string[], loopy: boolean): Text =>
  protocols(family).chain((protocol) => ruleIn({ family, table, hook, protocol }, jumps, loopy));

/** User chains of one hook. `GONE` is never in the text. */
const usersOf = (hook: string): readonly string[] => [`${hook}_one`, `${hook}_two`, `${hook}_three`];

interface TableOptions {
  /** Jumps may go round in circles and to chains that the text does not have. */
  readonly loopy: boolean;
}

function tableText(family: Family, table: TableName, { loopy }: TableOptions): Text {
  const hooks = BUILT_IN[table];
  const all = hooks
    .flatMap((hook) => [hook, ...usersOf(hook)].map((chain, at) => ({ chain, hook, at })))
    .sort((a, b) => Math.sign(a.at) - Math.sign(b.at));
  const parts = all.map(({ chain, hook, at }) => {
    const jumps = loopy ? [...usersOf(hook), "GONE"] : usersOf(hook).slice(at);
    return fc
      .array(lineIn(family, table, hook, jumps, loopy), { maxLength: at === 0 ? 5 : 3 })
      .map((rules) => rules.map((rule) => `[0:0] -A ${chain}${rule}\n`).join(""));
  });
  const policies = fc.array(
    table === "nat" ? fc.constant("ACCEPT") : either(...Array<string>(9).fill("ACCEPT"), "DROP"),
    {
      minLength: hooks.length,
      maxLength: hooks.length,
    },
  );
  return fc.tuple(policies, ...parts).map(([named, ...rules]) => {
    const chains = all.map(({ chain, at, hook }) =>
      at === 0 ? `:${chain} ${named[hooks.indexOf(hook)]} [0:0]\n` : `:${chain} - [0:0]\n`,
    );
    return `*${table}\n${chains.join("")}${rules.join("")}COMMIT\n`;
  });
}

/** All of a host's rules as `iptables-save -c` prints them. */
export const saveText = (family: Family, options: TableOptions = { loopy: false }): Text =>
  fc
    .subarray([...TABLES], { minLength: 1 })
    .chain((names) => fc.tuple(...names.map((table) => tableText(family, table, options))))
    .map((tables) => tables.join(""));

const FLAGS = fc.constantFrom(["SYN"], ["ACK"], ["SYN", "ACK"], ["FIN", "ACK"], ["RST"]);

/** Packets whose numbers and addresses the rules name, or that stand next to those; some arrive, some are made here. */
export function packetsFor(rulesets: readonly Ruleset[], family: Family): fc.Arbitrary<PacketSpec> {
  const { numbers, addresses } = boundariesOf(
    rulesets
      .flatMap((one) => lower(one).chains.flatMap(({ rules }) => rules.flatMap(conditionsOf)))
      .map(({ test }) => test),
    family,
  );
  const number = (field: NumberField, max: number): fc.Arbitrary<number> => {
    const named = (numbers[field] ?? []).filter((one) => one <= max);
    return named.length === 0
      ? fc.nat(max)
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...named) }, { weight: 1, arbitrary: fc.nat(max) });
  };
  const end = (field: "src" | "dst"): Text => {
    const named = addresses[field].map((words) => addressText(family, words));
    return named.length === 0 ? address(family) : fc.oneof(address(family), fc.constantFrom(...named));
  };
  const common = {
    dst: end("dst"),
    mark: fc.oneof(fc.constant(0), number("mark", 0xffffffff)),
    tos: number("tos", 255),
    ttl: fc.oneof({ weight: 5, arbitrary: fc.constant(64) }, { weight: 1, arbitrary: number("ttl", 255) }),
    length: number("length", 65535),
  };
  const kinds = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        proto: fc.constant("tcp"),
        sport: number("sport", 65535),
        dport: number("dport", 65535),
        flags: FLAGS,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        proto: fc.constantFrom("udp", "sctp"),
        sport: number("sport", 65535),
        dport: number("dport", 65535),
      }),
    },
    { weight: 1, arbitrary: fc.record({ proto: fc.constant("icmp"), type: number("icmpType", 255), code: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ proto: fc.constantFrom(47, 50) }) },
  );
  const own = family === "ipv4" ? ["10.244.1.5", "192.168.77.1"] : ["fd00:10:244:1::5", "fd00:77::1"];
  const here: Text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...own) }, { weight: 1, arbitrary: end("dst") });
  const made = fc.record(
    {
      ...common,
      uid: number("uid", 0xfffffffe),
      gid: number("gid", 0xfffffffe),
      src: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...own) }, { weight: 1, arbitrary: end("src") }),
      transparent: fc.boolean(),
    },
    { requiredKeys: ["dst"] },
  );
  const away = family === "ipv4" ? "10.244.1.77" : "fd00:10:244:1::77";
  const there = fc.oneof(fc.constant(away), end("src"));
  const arriving = fc.record(
    { ...common, dst: here, in: fc.constantFrom("eth0", "eth0", "eth1"), src: there },
    { requiredKeys: ["dst", "in", "src"] },
  );
  return fc.tuple(kinds, fc.oneof(made, arriving)).map(([kind, rest]) => ({ ...kind, ...rest }) as PacketSpec);
}

/** The host of the packets above. */
export const HOST = {
  interfaces: [
    { name: "lo", addresses: ["127.0.0.1/8", "::1/128"] },
    { name: "eth0", addresses: ["10.244.1.5/24", "fd00:10:244:1::5/64"] },
    { name: "eth1", addresses: ["192.168.77.1/24", "fd00:77::1/64"] },
  ],
  routes: [
    { to: "default", via: "10.244.1.1", dev: "eth0" },
    { to: "default", via: "fd00:10:244:1::1", dev: "eth0" },
  ],
  sysctl: { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 },
} as const;
