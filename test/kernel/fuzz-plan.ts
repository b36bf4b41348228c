import { type DrawnHost, host } from "./fuzz-host.ts";
import { istioRules } from "./fuzz-istio.ts";
import { type Sending, sendings } from "./fuzz-packets.ts";
import { random } from "./fuzz-random.ts";
import { mixedRules } from "./fuzz-rules.ts";
import { emptied } from "./lab-rules.ts";
import type { Family, Flavour } from "./lab-types.ts";

/** A session before it ran: what answers are made of is known only when the kernel has done its part. */
export interface Plan extends DrawnHost {
  readonly seed: number;
  readonly family: Family;
  readonly flavour: Flavour;
  readonly rules: string;
  readonly sendings: readonly Sending[];
}

export const PACKETS_PER_SESSION = 6;

/** The session of a seed. Odd seeds are nft, even ones legacy; every third is IPv6. */
export function planOf(seed: number): Plan {
  const draws = random(seed);
  const family: Family = seed % 3 === 2 ? 6 : 4;
  const flavour: Flavour = seed % 2 === 1 ? "nft" : "legacy";
  const drawnRules = draws.chance(0.3) ? istioRules(draws, family) : mixedRules(draws, family);
  // The laboratory loads all tables.
  const rules = drawnRules + emptied(drawnRules);
  const drawn = host(draws, family);
  const foreign = drawn.sockets.length > 0;
  return { seed, family, flavour, rules, ...drawn, sendings: sendings(draws, family, PACKETS_PER_SESSION, foreign) };
}
