import { ParseError, type Problem } from "../text/problem.ts";
import { type IstioSettings, resolveSettings } from "./istio-config.ts";
import { IDLE_FLAGS } from "./istio-idle-flags.ts";
import { SETTING_NAMES, SETTINGS, type SettingName } from "./istio-settings.ts";

/** Where a word stood, from 1. */
export interface ArgPlace {
  readonly line: number;
  readonly column: number;
}

export interface IstioArgs {
  readonly settings: IstioSettings;
  readonly diagnostics: readonly Problem[];
}

interface Flag {
  readonly name: string;
  readonly setting?: SettingName;
  /** A switch takes a value only behind `=`. */
  readonly isSwitch: boolean;
  readonly warning?: string;
  readonly info?: string;
}

const FLAGS = new Map<string, Flag>();
const VARIABLES = new Map<string, SettingName>();
for (const setting of SETTING_NAMES) {
  const { flag, short, env = [], shape, ours } = SETTINGS[setting];
  const entry: Flag = { name: `--${flag}`, setting, isSwitch: shape.kind === "switch" };
  FLAGS.set(`--${flag}`, entry);
  if (short !== undefined) FLAGS.set(`-${short}`, entry);
  // Each flag can be set by a variable of its name too (istio/istio, pkg/flag, BindEnv).
  const own = ours ? [] : [flag.toUpperCase().replaceAll("-", "_")];
  for (const name of [...env, ...own]) VARIABLES.set(name, setting);
}
for (const { names, ...flag } of IDLE_FLAGS) for (const name of names) FLAGS.set(name, { name, ...flag });

/** `a b` is what `--flag b` would look like on one line: the places of words in it. */
function placesOf(args: readonly string[]): ArgPlace[] {
  let column = 1;
  return args.map((word) => {
    const place = { line: 1, column };
    column += word.length + 1;
    return place;
  });
}

/**
 * Settings from the arguments of `istio-iptables`: its flags in short and long form (`-p 15001`, `-p=15001`, `-p15001`,
 * `--envoy-port 15001`, `--redirect-dns`), `NAME=value` of its environment, and flags of ours for what the tool takes
 * from the pod (`--dns-servers-v4`, `--enable-ipv6`, …).
 *
 * Flags that it has and that change no rule are skipped, others give a warning. A value that is missing or wrong throws
 * {@link ParseError}. Places are columns in the arguments joined by blanks, or `places` where the text is known.
 *
 * @example
 * istioSettings(["-p", "15001", "-b", "*"]).settings; // { proxyPort: "15001", inboundPortsInclude: "*" }
 */
export function istioSettings(args: readonly string[], places: readonly ArgPlace[] = placesOf(args)): IstioArgs {
  const settings: Record<string, unknown> = {};
  const origin = new Map<string, ArgPlace>();
  const diagnostics: Problem[] = [];
  const say = (severity: Problem["severity"], code: string, at: number, message: string) =>
    diagnostics.push({ severity, code, message, ...places[at]!, length: Math.max(1, args[at]!.length) });
  const set = (setting: SettingName, value: string, at: number) => {
    settings[setting] = SETTINGS[setting].shape.kind === "switch" ? /^(1|t|true)$/i.test(value) : value;
    origin.set(setting, places[at]!);
  };

  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const assigned = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(word);
    if (assigned) {
      const setting = VARIABLES.get(assigned[1]!);
      if (setting === undefined)
        say("info", "unknown-variable", at, `${assigned[1]}: no rule depends on this variable`);
      else set(setting, assigned[2]!, at);
      continue;
    }
    if (!word.startsWith("-") || word === "-") {
      if (!/(^|\/)(istio-iptables|pilot-agent)$/.test(word))
        say("warning", "unexpected-word", at, `expected a flag, got ${JSON.stringify(word)}`);
      continue;
    }
    const { key, attached } = splitFlag(word);
    const flag = FLAGS.get(key);
    if (flag === undefined) {
      const next = args[at + 1];
      const swallows = attached === undefined && next !== undefined && !next.startsWith("-") && key.startsWith("--");
      say(
        "warning",
        "unknown-flag",
        at,
        `${key}: not a flag of istio-iptables${swallows ? `; ${JSON.stringify(next)} is taken as its value` : ""}`,
      );
      if (swallows) at++;
      continue;
    }
    const place = at;
    let value = attached ?? "true";
    if (attached === undefined && !flag.isSwitch) {
      const next = args[++at];
      if (next === undefined) {
        say("error", "missing-value", place, `${key}: expected a value, got the end of the arguments`);
        break;
      }
      value = next;
    }
    if (flag.isSwitch && !/^(1|t|true|0|f|false)$/i.test(value))
      say("error", "bad-value", place, `${key}: expected true or false, got ${JSON.stringify(value)}`);
    if (flag.setting !== undefined) set(flag.setting, value, place);
    else if (flag.warning !== undefined) say("warning", "no-effect", place, `${key}: ${flag.warning}`);
    else if (flag.info !== undefined) say("info", "no-effect", place, `${key}: ${flag.info}`);
  }

  for (const { setting, ...note } of resolveSettings(settings as IstioSettings).notes)
    diagnostics.push({ ...note, ...(origin.get(setting) ?? { line: 1, column: 1 }) });
  if (diagnostics.some((one) => one.severity === "error")) throw new ParseError(diagnostics);
  return { settings: settings as IstioSettings, diagnostics };
}

/** `--flag=value`, `-f=value` and `-fvalue` hold their value; pflag reads them so. */
function splitFlag(word: string): { key: string; attached?: string } {
  const equals = word.indexOf("=");
  if (word.startsWith("--"))
    return equals < 0 ? { key: word } : { key: word.slice(0, equals), attached: word.slice(equals + 1) };
  if (word.length === 2) return { key: word };
  return { key: word.slice(0, 2), attached: word.slice(equals === 2 ? 3 : 2) };
}
