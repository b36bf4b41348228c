import type { Chain, Counters } from "../ruleset/ruleset.ts";
import { listCounters, printCount } from "./counters.ts";

/** What a listing says about a chain in the line above its columns. */
export interface ChainHeader {
  readonly name: string;
  /** null for a user chain. */
  readonly policy: "ACCEPT" | "DROP" | null;
  /** Of the policy, with `-v` only. */
  readonly counters?: Counters;
  /** How many rules jump here, which a user chain shows in place of a policy. */
  readonly references?: number;
}

const POLICY = /^\s*Chain (\S.*?) \(policy (ACCEPT|DROP)(?: (\d+[KMGT]?) packets, (\d+[KMGT]?) bytes)?\)\s*$/;
const USER = /^\s*Chain (\S.*?) \((?:(\d+) references?|ERROR obtaining refs)\)\s*$/;

/**
 * Reads `Chain OUTPUT (policy ACCEPT 79 packets, 6761 bytes)` or `Chain ISTIO_OUTPUT (1 references)`; undefined for any
 * other line. A name may itself look like the rest: the last parenthesis counts.
 *
 * Source: iptables/xshared.c, print_header.
 */
export function readChainHeader(line: string): ChainHeader | undefined {
  const policy = POLICY.exec(line);
  if (policy) {
    const counters = policy[3] === undefined ? undefined : listCounters(policy[3], policy[4]!);
    return { name: policy[1]!, policy: policy[2] as "ACCEPT" | "DROP", ...(counters && { counters }) };
  }
  const user = USER.exec(line);
  if (!user) return undefined;
  return { name: user[1]!, policy: null, ...(user[2] !== undefined && { references: Number(user[2]) }) };
}

/** The line that {@link readChainHeader} reads; always "references", also for one. */
export function chainHeader(chain: Chain, references: number, verbose: boolean, exact: boolean): string {
  if (chain.policy === null) return `Chain ${chain.name} (${references} references)`;
  const { packets, bytes } = chain.counters ?? { packets: 0, bytes: 0 };
  const counted = verbose ? ` ${printCount(packets, exact)} packets, ${printCount(bytes, exact)} bytes` : "";
  return `Chain ${chain.name} (policy ${chain.policy}${counted})`;
}
