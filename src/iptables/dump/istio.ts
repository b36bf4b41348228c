import type { Chain, Rule, Ruleset, Table } from "../ruleset/ruleset.ts";
import { ruleText } from "../save/write.ts";
import { type Filling, fillRule } from "./fill.ts";

/** `-o lo`, which the sidecar's rules for connections back to the same pod carry. */
const OVER_LOOPBACK: Filling = { in: null, out: { pattern: "lo", negated: false } };
const ANYWHERE: Filling = { in: null, out: null };

const LOOPBACK = String.raw`(?:127\.0\.0\.1/32|::1/128)`;
/** `tcp dpt:!53`, `tcp dpt:!15008` or both, which later releases put in front of the owner. */
const NOT_PORTS = String.raw`(?: -p tcp(?: -m tcp ! --dport \d+| -m multiport ! --dports [\d,]+)?)?`;
/** The owner, by number, or as the text of a listing whose user name is not known here. */
function owner(sign: "" | " !"): string {
  const saved = String.raw` -m owner${sign} --(?<kind>[ug]id)-owner (?<id>\S+)`;
  return String.raw`(?:${saved}| -m unknown --nfwalk-list "${sign} owner (?<listed>[UG]ID match \S+)(?:\s+#[^"]*)?\s*")`;
}

const CAUGHT_BACK = new RegExp(`^ ! -d ${LOOPBACK}${NOT_PORTS}${owner("")}? -j ISTIO_(?:IN_)?REDIRECT$`);
const NOT_THE_PROXY = new RegExp(`^${NOT_PORTS}${owner(" !")} -j RETURN$`);
const FROM_PROXY_ADDRESS = /^ -s (?:127\.0\.0\.6\/32|::6\/128) -j RETURN$/;

/** Rules of the chain that have no interface: excluded ports and ranges, the proxy itself, DNS, the rest. */
const WITHOUT_INTERFACE: readonly RegExp[] = [
  new RegExp(`^${owner("")} -j RETURN$`),
  new RegExp(`^(?:${owner(" !").replaceAll(/\?<\w+>/g, "")})+ -j RETURN$`),
  /^(?: ! -d \S+| -d \S+)?(?: -p (?:tcp|udp)(?: -m (?:tcp|udp|multiport) --dports? [\d:,]+)?)?(?: -m owner --[ug]id-owner \S+)? -j (?:RETURN|ISTIO_REDIRECT|ISTIO_OUTPUT_DNS)$/,
  /^(?: -d \S+)? -p (?:tcp|udp) -m (?:tcp|udp) --dport 53 -j REDIRECT --to-ports \d+$/,
];

/** Chains whose rules never name an interface in table nat. */
const PLAIN_CHAINS: ReadonlySet<string> = new Set([
  "ISTIO_INBOUND",
  "ISTIO_IN_REDIRECT",
  "ISTIO_REDIRECT",
  "ISTIO_OUTPUT_DNS",
]);

/**
 * Recognises the nat rules that istio-iptables writes for a sidecar and fills the interfaces that a listing without `-v`
 * hides; or says in what the listing differs.
 *
 * In ISTIO_OUTPUT these carry `-o lo`: the return of what Envoy sends from 127.0.0.6, the capture of what the proxy's
 * owner sends to its own pod, and the return of what any other owner sends there. Rules that are not Istio's stay hidden.
 *
 * Source: istio, tools/istio-iptables/pkg/capture/run.go, releases 1.5 to 1.2x.
 */
export function assumeIstio(ruleset: Ruleset): { readonly ruleset: Ruleset; readonly message: string } | string {
  const nat = ruleset.tables.find((table) => table.name === "nat");
  const output = nat?.chains.find((chain) => chain.name === "ISTIO_OUTPUT" && !chain.missing);
  if (nat === undefined || output === undefined) return "got no chain ISTIO_OUTPUT in table nat";
  const fillings = fillOutput(output);
  if (typeof fillings === "string") return fillings;
  const looped = fillings.flatMap((filling, at) => (filling === OVER_LOOPBACK ? [at + 1] : []));
  const chains = nat.chains.map((chain) => ({
    ...chain,
    rules: chain.rules.map((rule, at) => (chain === output ? fillRule(rule, fillings[at]!) : fillOther(rule, chain))),
  }));
  const filled: Table = { ...nat, chains };
  return {
    ruleset: { ...ruleset, tables: ruleset.tables.map((table) => (table === nat ? filled : table)) },
    message: `recognised as the rules of an Istio sidecar: -o lo for ISTIO_OUTPUT ${looped.join(", ")}, no interface for its other rules`,
  };
}

/** What each rule of ISTIO_OUTPUT has, or in which rule it is none that Istio writes. */
function fillOutput({ rules }: Chain): readonly Filling[] | string {
  const texts = rules.map((rule) => ruleText(plain(rule)));
  const caught = texts.filter((text) => CAUGHT_BACK.test(text));
  if (caught.length === 0) return "got an ISTIO_OUTPUT that does not capture what the proxy sends to its own pod";
  const proxies = new Set(caught.map((text) => ownerOf(CAUGHT_BACK.exec(text)!)));
  const fillings: Filling[] = [];
  for (const [at, text] of texts.entries()) {
    const other = NOT_THE_PROXY.exec(text);
    if (FROM_PROXY_ADDRESS.test(text) || CAUGHT_BACK.test(text) || (other && proxies.has(ownerOf(other))))
      fillings.push(OVER_LOOPBACK);
    else if (WITHOUT_INTERFACE.some((pattern) => pattern.test(text))) fillings.push(ANYWHERE);
    else return `got rule ${at + 1} of ISTIO_OUTPUT: "${text.trim()}"`;
  }
  return fillings;
}

/** Uid or gid and its value: only the proxy's own owner is exempt over lo, other groups are everywhere. */
const ownerOf = ({ groups }: RegExpExecArray): string =>
  groups?.kind ? `${groups.kind.toUpperCase()} match ${groups.id}` : (groups?.listed ?? "");

const plain = ({ counters: _counters, hidden: _hidden, in: _in, out: _out, ...rule }: Rule): Rule => rule;

function fillOther(rule: Rule, chain: Chain): Rule {
  const entry = rule.target?.kind === "jump" && /^ISTIO_(?:INBOUND|OUTPUT)$/.test(rule.target.chain);
  return entry || PLAIN_CHAINS.has(chain.name) ? fillRule(rule, ANYWHERE) : rule;
}
