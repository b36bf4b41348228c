/** A deliberate error in the library: a piece of its text, and what stands in its place. */
export interface Mutation {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Errors that people make about netfilter, or that an evaluator like this one could well have. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "nat PREROUTING and INPUT are consulted on lo (L3)",
    file: "walk/hook.ts",
    from: "consults && !isDecided(entry, manip)",
    to: 'consults && (!isDecided(entry, manip) || frame.inDevice === "lo")',
  },
  {
    name: "nat is consulted for every packet that is NEW (N1)",
    file: "walk/hook.ts",
    from: "consults && !isDecided(entry, manip)",
    to: "consults",
  },
  {
    name: "OUTPUT sees the device of a reroute (R5)",
    file: "walk/hook.ts",
    from: "  run.outRoute = found.device;",
    to: "  run.outRoute = found.device;\n  run.frame.outDevice = found.device;",
  },
  {
    name: "OUTPUT is not routed again when mangle changes the mark (R3)",
    file: "walk/hook.ts",
    from: "const moved = frame.mark !== mark ||",
    to: "const moved =",
  },
  {
    name: "a packet without a socket never matches an owner, not even `!` (O1)",
    file: "iptables/matches/owner.ts",
    from: "    return of;",
    to: '    return [condition(SOCKET, has("socket")), ...of];',
  },
  {
    name: "RETURN in a built-in chain does not count its policy (D11)",
    file: "walk/chain.ts",
    from: 'if (control === "return") break;',
    to: 'if (control === "return" && chain === first && base.policy !== "DROP") return true;\n      if (control === "return") break;',
  },
  {
    name: "goto comes back (T2)",
    file: "walk/chain.ts",
    from: 'if (control === "jump") stack',
    to: "stack",
  },
  {
    name: "REDIRECT in PREROUTING goes to 127.0.0.1 (N10)",
    file: "walk/nat/nat.ts",
    from: "run.hook === OUTPUT\n          ? LOOPBACK[family]",
    to: "run.hook >= 0\n          ? LOOPBACK[family]",
  },
  {
    name: "CONNMARK restores without its masks (M2)",
    file: "walk/effects/apply.ts",
    from: "frame.mark = (before & ~nfmask) ^ moved(entry.mark & ctmask, shift);",
    to: "frame.mark = moved(entry.mark, shift);",
  },
  {
    name: "INVALID packets are translated (C2)",
    file: "walk/tracking/track.ts",
    from: '      return invalid(frame);\n    }\n    if (verdict === "fits") {',
    to: '      attach(run, entry, found.reply);\n      return invalid(frame);\n    }\n    if (verdict === "fits") {',
  },
  {
    name: "zones are ignored (Z2)",
    file: "walk/tracking/track.ts",
    from: "return zone === null ?",
    to: "return zone !== undefined ?",
  },
  {
    name: "what was dropped before it was confirmed is remembered (N2)",
    file: "walk/tracking/track.ts",
    from: "run.entry !== null && run.entry.status & CONFIRMED && !run.forgotten",
    to: "run.entry !== null && !run.forgotten && !run.frame.isReply",
  },
  {
    name: "forwarding does not count hops (D1)",
    file: "walk/path.ts",
    from: "  frame.ttl--;\n",
    to: "",
  },
  {
    name: "a dropped packet's policy is skipped: policy DROP accepts (T3)",
    file: "walk/chain.ts",
    from: 'if (base.policy !== "DROP") return true;',
    to: "if (base.policy.length > 0) return true;",
  },
  {
    name: "-m rpfilter asks for any way back (R12)",
    file: "host/reverse-path.ts",
    from: "lookup.loose || route.dev === inDevice ||",
    to: "lookup.loose || route.dev !== undefined ||",
  },
];
