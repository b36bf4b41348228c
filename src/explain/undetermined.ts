import type { Assumption } from "../walk/outcomes.ts";
import type { Because } from "../walk/run/walk.ts";

/** One of the ends that an undetermined packet may have, and what must be so for it. */
interface End {
  /** As a clause: `sent out of eth0 to 10.96.0.10:80`. */
  readonly end: string;
  readonly assumptions: readonly Assumption[];
}

interface Place {
  readonly table: string;
  readonly chain: string;
  readonly rule: number;
}

/** More ends than this are counted and not listed. */
const MOST_ENDS = 4;

/** The paragraph of a packet that may end in several ways: what is open, and each end with what leads there. */
export function undeterminedSummary(because: readonly Because[], ends: readonly End[]): string {
  // Where all stays open (behind a target that is not modelled) there is no end to tell of.
  const told = ends.some(({ end }) => end !== "undetermined") ? ends : [];
  const shortest = [...told].sort((a, b) => a.assumptions.length - b.assumptions.length);
  const distinct = shortest.filter(({ end }, at) => shortest.findIndex((one) => one.end === end) === at);
  const listed = distinct.slice(0, MOST_ENDS).map(({ end, assumptions }) => `${end}${conditionText(assumptions)}`);
  if (distinct.length > MOST_ENDS) listed.push(`${distinct.length - MOST_ENDS} other ends`);
  const either = listed.length === 0 ? "" : ` It is ${listed.join("; or ")}.`;
  return `Undetermined: ${openText(because)}.${either}`;
}

/** What is open: the rules whose interfaces are hidden together, everything else by its own words. */
function openText(because: readonly Because[]): string {
  const isHidden = (one: Because): boolean => one.field === "in" || one.field === "out";
  const hidden = because.filter(isHidden);
  const texts = because.filter((one) => !isHidden(one)).map((one) => one.message);
  if (hidden.length > 0) {
    const fields = ["in", "out"].filter((field) => hidden.some((one) => one.field === field));
    const what = fields.length === 2 ? "in- and out-interfaces" : `${fields[0]}-interface`;
    texts.unshift(`the dump hides the ${what} of ${placesText(hidden)}`);
  }
  return texts.join("; ");
}

/** `nat OUTPUT 1, ISTIO_OUTPUT 3, 6, 9`: each table and chain once, each rule once. */
function placesText(places: readonly Place[]): string {
  const chains = new Map<string, Set<number>>();
  for (const { table, chain, rule } of places) {
    const key = `${table} ${chain}`;
    chains.set(key, (chains.get(key) ?? new Set()).add(rule));
  }
  let last = "";
  const texts = [...chains].map(([key, rules]) => {
    const [table, chain] = key.split(" ") as [string, string];
    const text = `${table === last ? "" : `${table} `}${chain} ${[...rules].sort((a, b) => a - b).join(", ")}`;
    last = table;
    return text;
  });
  return texts.join(", ");
}

/** ` if the hidden interfaces of nat ISTIO_OUTPUT 3 fit the packet`: what must be so for one end. */
function conditionText(assumptions: readonly Assumption[]): string {
  const hidden = assumptions.filter((one) => one.condition.endsWith("(hidden)"));
  const keyOf = ({ table, chain, rule }: Place): string => `${table} ${chain} ${rule}`;
  // A rule fits if both of its interfaces do.
  const missed = new Set(hidden.filter((one) => !one.holds).map(keyOf));
  const fit = hidden.filter((one) => !missed.has(keyOf(one)));
  const unfit = hidden.filter((one) => missed.has(keyOf(one)));
  const texts = assumptions
    .filter((one) => !hidden.includes(one))
    .map(({ condition, holds, ...place }) => {
      return `\`${condition}\` of ${placesText([place])} ${holds ? "holds" : "does not hold"}`;
    });
  if (fit.length > 0) texts.push(`the hidden interfaces of ${placesText(fit)} fit this packet`);
  if (unfit.length > 0)
    texts.push(`the hidden interfaces of ${placesText(unfit)} do not fit ${fit.length > 0 ? "it" : "this packet"}`);
  return texts.length === 0 ? "" : ` if ${texts.join(" and ")}`;
}
