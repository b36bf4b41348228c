/** Verdicts that need no extension. */
export const VERDICTS = ["ACCEPT", "DROP", "RETURN", "QUEUE"] as const;
export type Verdict = (typeof VERDICTS)[number];

export const isVerdict = (name: string): name is Verdict => (VERDICTS as readonly string[]).includes(name);

/**
 * Names of the target extensions that iptables comes with. `-j TRACE` has no options, so only the name tells that it is
 * a target that is not modelled and not a jump to a chain that the text leaves out.
 *
 * Facts: the extensions/ folder of iptables 1.8.11, and those that earlier releases had.
 */
const SHIPPED: ReadonlySet<string> = new Set(
  (
    "AUDIT BALANCE CHECKSUM CLASSIFY CLUSTERIP CONNMARK CONNSECMARK CT DNAT DNPT DSCP ECN HL HMARK IDLETIMER LED LOG " +
    "MARK MASQUERADE MIRROR NETMAP NFLOG NFQUEUE NOTRACK RATEEST REDIRECT REJECT SAME SECMARK SET SNAT SNPT SYNPROXY " +
    "TARPIT TCPMSS TCPOPTSTRIP TEE TOS TPROXY TRACE TTL ULOG"
  ).split(" "),
);

/** Whether a name is that of a target extension which iptables ships, modelled here or not. */
export const isShippedTarget = (name: string): boolean => SHIPPED.has(name);
