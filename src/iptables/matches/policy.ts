import { all, condition, unmodelled } from "../../predicate/predicate.ts";
import type { ReadContext } from "../extension/context.ts";
import type { ListReader } from "../extension/list-reader.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { flag, type Given, oneOf, option, refuseTogether } from "../extension/value.ts";
import { prefixType } from "./conntrack-values.ts";
import {
  elementText,
  isEmpty,
  type PolicyElement,
  policyProtocol,
  readElement,
  reqidType,
  spiType,
} from "./policy-element.ts";

/**
 * `-m policy --dir in|out [--pol none|ipsec] [--strict] [[!] --reqid n] [[!] --spi n] [[!] --proto esp|ah|ipcomp]
 * [[!] --mode transport|tunnel] [[!] --tunnel-dst prefix] [[!] --tunnel-src prefix] [--next …]`: whether and how IPsec
 * protects the packet (U1).
 *
 * Kernel: net/netfilter/xt_policy.c, policy_mt.
 */
export interface PolicyMatch {
  readonly kind: "policy";
  readonly direction: "in" | "out";
  readonly policy: "none" | "ipsec";
  readonly strict: boolean;
  /** One or more for `ipsec`; several only if `strict`. */
  readonly elements: readonly PolicyElement[];
}

const toSave = ({ direction, policy, strict, elements }: PolicyMatch): string =>
  ` --dir ${direction} --pol ${policy}${strict ? " --strict" : ""}${elements
    .map((one) => elementText(one, "--"))
    .join(" --next")}`;

/** An option of an element; behind `--next` it may be given again. */
const MEMBER = { negatable: true, group: "member" } as const;

function elementsOf(given: Readonly<Record<string, Given<unknown> | undefined>>, count: number): PolicyElement[] {
  const keys = ["reqid", "spi", "proto", "mode", "tunnelDst", "tunnelSrc"] as const;
  return Array.from({ length: count }, (_, at) => {
    const found = keys.map((key) => [key, given[at === 0 ? key : `${key} ${at}`]] as const);
    return Object.fromEntries(found.filter(([, one]) => one !== undefined)) as PolicyElement;
  });
}

function check(elements: readonly PolicyElement[], strict: boolean, context: ReadContext): void {
  for (const [at, one] of elements.entries()) {
    if (strict && isEmpty(one)) context.fail(`policy: expected at least one option of element ${at} with --strict`);
    const tunnel = one.mode !== undefined && (one.mode.value === "tunnel") !== one.mode.negated;
    if (!strict && !tunnel && (one.tunnelDst ?? one.tunnelSrc))
      context.fail("policy: --tunnel-src and --tunnel-dst need --mode tunnel");
  }
}

export const policy: MatchExtension<PolicyMatch> = defineMatch<PolicyMatch>()({
  kind: "policy",
  summary: "whether IPsec protects the packet",
  options: {
    dir: option("dir", oneOf(["in", "out"] as const), { required: true }),
    pol: option("pol", oneOf(["none", "ipsec"] as const)),
    strict: flag("strict"),
    next: flag("next", { group: "divides" }),
    reqid: option("reqid", reqidType, MEMBER),
    spi: option("spi", spiType, MEMBER),
    proto: option("proto", policyProtocol, MEMBER),
    mode: option("mode", oneOf(["transport", "tunnel"] as const), MEMBER),
    tunnelDst: option("tunnel-dst", prefixType, MEMBER),
    tunnelSrc: option("tunnel-src", prefixType, MEMBER),
  },
  fromSave(given, context) {
    const { dir, pol, strict } = given;
    const policy = pol?.value ?? "ipsec";
    if (given.next && !strict) context.fail("policy: --next needs --strict");
    if (policy === "none") refuseTogether(context, "policy", { "pol none": pol, strict });
    const count = Object.keys(given).filter((key) => /^next( \d+)?$/.test(key)).length + 1;
    // What is asked of a policy that is not there is dropped in silence.
    const elements = policy === "none" ? [] : elementsOf(given, count);
    check(elements, strict !== undefined, context);
    return { kind: "policy", direction: dir!.value, policy, strict: strict !== undefined, elements };
  },
  toSave,
  fromList(reader, context) {
    const found = reader.take(/policy match dir (in|out) pol (none|ipsec)( strict)?(?=\s|$)/y);
    if (!found) return undefined;
    const policy = found[2] as "none" | "ipsec";
    const elements = policy === "none" ? [] : readElements(reader, context);
    const direction = found[1] as "in" | "out";
    return { kind: "policy", direction, policy, strict: found[3] !== undefined, elements };
  },
  toList({ direction, policy, strict, elements }, { numeric }) {
    const texts = elements.map((one, at) => `${elements.length > 1 ? ` [${at}]` : ""}${elementText(one, "", numeric)}`);
    return ` policy match dir ${direction} pol ${policy}${strict ? " strict" : ""}${texts.join("")}`;
  },
  meaning(match) {
    const { direction, policy, strict, elements } = match;
    const words = `-m policy${toSave(match)}`;
    const asks = { kind: "protected", direction, negated: policy === "none" } as const;
    if (!strict && elements.every(isEmpty)) return [condition(words, asks)];
    return [condition(words, all([asks, unmodelled("policy", toSave(match))]))];
  },
});

/** One element, or several behind their numbers: `[0] reqid 1 [1] reqid 2`. */
function readElements(reader: ListReader, context: ReadContext): PolicyElement[] {
  const elements: PolicyElement[] = [];
  while (reader.take(new RegExp(`\\[${elements.length}\\](?=\\s|$)`, "y"))) elements.push(readElement(reader, context));
  return elements.length > 0 ? elements : [readElement(reader, context)];
}
