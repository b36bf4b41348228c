import type { IstioFlag, IstioRule, IstioRules } from "./rules.ts";

/** `nat ISTIO_OUTPUT 3`, with the family where both are written. */
const placeOf = (rule: IstioRule, both: boolean): string =>
  `${both ? `${rule.family} ` : ""}${rule.table} ${rule.chain} ${rule.rule}`;

function section(heading: string, rules: readonly IstioRule[], both: boolean): string[] {
  const places = rules.map((rule) => placeOf(rule, both));
  const width = Math.max(0, ...places.map((place) => place.length));
  const rows = rules.map((rule, at) => `    ${places[at]!.padEnd(width)}  ${rule.text}`);
  return [heading, ...(rows.length > 0 ? rows : ["    no rule"]), ""];
}

const headingOf = ({ flag, setting, summary }: IstioFlag): string => `${flag}  (${setting}: ${summary})`;

/**
 * The rules flag by flag, for people: each setting with what it means and the rules that it caused, then the rules that
 * are always there, then what the flags do beside rules and what is to be said about them.
 *
 * A rule that several settings shaped stands under each of them.
 */
export function istioExplanation(result: Pick<IstioRules, "flags" | "rules" | "host" | "notes" | "text">): string {
  const both = result.text.ipv6 !== null;
  const always = result.rules.filter((rule) => rule.because.length === 0);
  const { rules, routes, loopback } = result.host;
  const commands = [
    ...rules.map(({ family, fwmark, table, priority }) => {
      const order = priority === undefined ? "" : ` priority ${priority}`;
      return `    ip ${family === "ipv4" ? "-4" : "-6"} rule add fwmark ${fwmark}${order} lookup ${table}`;
    }),
    ...routes.map(({ to, dev, table }) => `    ip route add local ${to} dev ${dev} table ${table}`),
    ...loopback.map((address) => `    ip addr add ${address} dev lo`),
  ];
  return [
    // The switch for IPv6 caused every rule of that family: saying so is enough.
    ...result.flags.flatMap((one) =>
      one.setting === "enableIPv6"
        ? [`${headingOf(one)}${one.rules.length > 0 ? `: ${one.rules.length} rules` : ""}`, ""]
        : section(headingOf(one), one.rules, both),
    ),
    ...(always.length > 0 ? section("always", always, both) : []),
    ...(commands.length > 0 ? ["beside the rules", ...commands, ""] : []),
    ...result.notes.map((note) => `${note.severity}: ${note.message}`),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}
