import { toRules } from "../iptables/save/write.ts";
import type { IstioSettings } from "../mesh/istio/config.ts";
import { istioExplanation } from "../mesh/istio/explain.ts";
import { type ArgPlace, istioSettings } from "../mesh/istio/flags.ts";
import { type IstioIptables, istioIptables } from "../mesh/istio/iptables.ts";
import { SETTING_NAMES, SETTINGS } from "../mesh/istio/settings.ts";
import { argsFromYaml } from "../mesh/istio/yaml.ts";
import type { Family } from "../net/address.ts";
import { ParseError } from "../text/problem.ts";
import { usage } from "./arguments.ts";
import { Failure, parseFailure, remarksText } from "./failure.ts";
import type { Command, ExitCode, Io } from "./io.ts";
import { oneOf, readText } from "./read-input.ts";

const flagLines = SETTING_NAMES.map((name) => {
  const { flag, short, summary } = SETTINGS[name];
  const names = `${short === undefined ? "    " : `-${short}, `}--${flag}`;
  return `  ${names.padEnd(38)}${names.length > 37 ? `\n${" ".repeat(40)}` : ""}${summary}`;
});

const HELP = `Usage: nfwalk istio FLAGS… [options]

Writes the rules that istio-iptables would write for its flags, or ambient's
agent with --suite cni.

Options:
  --yaml FILE                     takes the flags from an init container's args: in
                                  a pod, a container, or the list alone; - is
                                  standard input. Flags given besides win
  --format restore|rules|json     for iptables-restore --noflush (the default), as
                                  iptables -S shows the tables, or as data (--json)
  --family ipv4|ipv6              only these rules, where both are written
  --explain                       flag by flag: which rules each one caused

Flags:
${flagLines.join("\n")}
  NAME=value sets a variable of the tool's environment. Flags of the tool that
  change no rule are taken and do nothing.

Exit code: 0 done, 2 bad input.

Examples:
  nfwalk istio -p 15001 -z 15006 -u 1337 -m REDIRECT -i '*' -b '*' -d 15090,15021,15020
  nfwalk istio --yaml pod.yaml --explain
`;

const FORMATS = ["restore", "rules", "json"] as const;

interface Own {
  readonly yaml?: string;
  readonly format?: string;
  readonly family?: string;
  readonly explain?: string;
  readonly json?: string;
}

/** Takes our own options out of the arguments; whatever else stands there is for the reader of Istio's flags. */
function split(args: readonly string[]): { readonly own: Own; readonly flags: readonly string[] } {
  const own: Record<string, string> = {};
  const flags: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [, name = "", value] = /^--(yaml|format|family|explain|json)(?:=(.*))?$/s.exec(args[at]!) ?? [];
    if (name === "") flags.push(args[at]!);
    else if (name === "explain" || name === "json") own[name] = "";
    else {
      const given = value ?? args[++at];
      if (given === undefined) throw usage("istio", `--${name}: expected a value, got the end of the arguments`);
      own[name] = given;
    }
  }
  return { own, flags };
}

/** Reads flags and says what there is to say about them, with their places in `text`. */
function settingsOf(
  args: readonly string[],
  places: readonly ArgPlace[] | undefined,
  name: string,
  text: string,
  io: Io,
): IstioSettings {
  try {
    const { settings, diagnostics } = istioSettings(args, places);
    if (diagnostics.length > 0) io.stderr(`${remarksText(diagnostics, name, text)}\n`);
    return settings;
  } catch (error) {
    if (error instanceof ParseError) throw parseFailure(error, name, text);
    throw error;
  }
}

function fromYaml(path: string, io: Io): IstioSettings {
  const { name, text } = readText(path, io);
  try {
    const { args, places, release, diagnostics } = argsFromYaml(text);
    if (diagnostics.length > 0) io.stderr(`${remarksText(diagnostics, name, text)}\n`);
    return { ...(release !== undefined && { release }), ...settingsOf(args, places, name, text, io) };
  } catch (error) {
    if (error instanceof ParseError) throw parseFailure(error, name, text);
    throw error;
  }
}

function run(args: readonly string[], io: Io): ExitCode {
  const { own, flags } = split(args);
  const format = own.json === undefined ? (oneOf("--format", own.format, FORMATS) ?? "restore") : "json";
  const family = oneOf("--family", own.family, ["ipv4", "ipv6"] as const);
  if (own.yaml === undefined && flags.length === 0) throw usage("istio", "expected flags or --yaml FILE, got nothing");
  const given = {
    ...(own.yaml !== undefined && fromYaml(own.yaml, io)),
    ...settingsOf(flags, undefined, "istio", flags.join(" "), io),
  };
  const result = generated(given);
  if (format === "json") io.stdout(`${JSON.stringify(dataOf(result))}\n`);
  else if (own.explain !== undefined) io.stdout(istioExplanation(result));
  else io.stdout(rulesText(result, format, family));
  return 0;
}

function generated(settings: IstioSettings): IstioIptables {
  try {
    return istioIptables(settings);
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(`istio: ${error.message}`);
    throw error;
  }
}

const dataOf = ({ config, text, rules, flags, host, notes }: IstioIptables) => ({
  config,
  text,
  rules,
  flags,
  host,
  notes,
});

/** Both families with a heading each, which is a comment for iptables-restore; one alone as it is. */
function rulesText(
  { text, ipv4, ipv6 }: IstioIptables,
  format: "restore" | "rules",
  family: Family | undefined,
): string {
  const all = [
    { family: "ipv4", ruleset: ipv4, restore: text.ipv4 },
    { family: "ipv6", ruleset: ipv6, restore: text.ipv6 },
  ].flatMap(({ ruleset, restore, ...one }) =>
    ruleset === null || restore === null ? [] : [{ ...one, ruleset, restore }],
  );
  const wanted = all.filter((one) => family === undefined || one.family === family);
  if (wanted.length === 0)
    throw new Failure(`--family: no ${family} rules are written for these flags (--enable-ipv6)`);
  return wanted
    .map(({ family: name, ruleset, restore }) => {
      const body = format === "restore" ? restore : toRules(ruleset);
      return `${wanted.length > 1 ? `# ${name}\n` : ""}${body.endsWith("\n") || body === "" ? body : `${body}\n`}`;
    })
    .join("");
}

export const istioCommand: Command = {
  name: "istio",
  summary: "the rules that istio-iptables would write for its flags, and why",
  help: HELP,
  run,
};
