/** Packets per rule and policy: `"TABLE CHAIN RULE"` (rules count from 1) or `"TABLE CHAIN policy"`. */
export type RuleCounters = Readonly<Record<string, number>>;

/** `[packets:bytes]` before a rule, or behind a chain's policy. */
const RULE = /^\[(\d+):\d+\] -A (\S+)/;
const CHAIN = /^:(\S+) (\S+) \[(\d+):\d+\]/;

/** Reads the counters off `iptables-save -c`, of either flavour. User chains have no policy. */
export function readCounters(save: string): Map<string, number> {
  const counters = new Map<string, number>();
  const lengths = new Map<string, number>();
  let table = "";
  for (const line of save.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1).trim();
    const chain = CHAIN.exec(line);
    if (chain && chain[2] !== "-") counters.set(`${table} ${chain[1]} policy`, Number(chain[3]));
    const rule = RULE.exec(line);
    if (!rule) continue;
    const place = `${table} ${rule[2]}`;
    const number = (lengths.get(place) ?? 0) + 1;
    lengths.set(place, number);
    counters.set(`${place} ${number}`, Number(rule[1]));
  }
  return counters;
}

/** What rose from one reading to the next. Never zero the counters instead: `-Z` resets the state of `nth`. */
export function risen(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): RuleCounters {
  const changed: Record<string, number> = {};
  for (const [place, count] of after) {
    const rise = count - (before.get(place) ?? 0);
    if (rise !== 0) changed[place] = rise;
  }
  return changed;
}
