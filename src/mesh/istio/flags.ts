import { nearName } from "../../text/near.ts";
import { ParseError, type Problem } from "../../text/problem.ts";
import { type IstioSettings, resolveSettings } from "./config.ts";
import { IDLE_FLAGS, type IdleFlag } from "./idle-flags.ts";
import { SETTING_NAMES, SETTINGS, type SettingName } from "./settings.ts";
import { readSwitch } from "./shapes.ts";

/** Where a word stood, from 1. */
export interface ArgPlace {
  readonly line: number;
  readonly column: number;
}

/** Settings as {@link istioSettings} read them, and what there is to say about the arguments. */
export interface IstioArgs {
  readonly settings: IstioSettings;
  readonly diagnostics: readonly Problem[];
}

interface Flag extends Pick<IdleFlag, "isSwitch" | "warning" | "info" | "value"> {
  readonly setting?: SettingName;
}

/** Variables by which people would set something, and what the tool does with them. */
const UNREAD: Readonly<Record<string, string>> = {
  ENVOY_PORT: "the tool does not read it any more: give -p",
  ENVOY_USER: "the tool takes the default of -u from this user, 1337 in its own image: give -u for another",
};

const FLAGS = new Map<string, Flag>();
const VARIABLES = new Map<string, SettingName>();
for (const setting of SETTING_NAMES) {
  const { flag, short, env = [], shape, ours } = SETTINGS[setting];
  const entry: Flag = { setting, isSwitch: shape.kind === "switch" };
  FLAGS.set(`--${flag}`, entry);
  if (short !== undefined) FLAGS.set(`-${short}`, entry);
  // Each flag can be set by a variable of its name too (istio/istio, pkg/flag, BindEnv).
  const own = ours ? [] : [flag.toUpperCase().replaceAll("-", "_")];
  for (const name of [...env, ...own]) if (!Object.hasOwn(UNREAD, name)) VARIABLES.set(name, setting);
}
for (const { names, ...flag } of IDLE_FLAGS) for (const name of names) FLAGS.set(name, flag);

/** Whether the tool reads this variable, or did. */
export const isToolVariable = (name: string): boolean => VARIABLES.has(name) || Object.hasOwn(UNREAD, name);

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
 * `-np 15001`, `--envoy-port 15001`, `--redirect-dns`), `NAME=value` of its environment, which flags override, and flags
 * of ours for what the tool takes from the pod (`--dns-servers-v4`, `--enable-ipv6`, …).
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
  const byFlag = new Set<SettingName>();
  const diagnostics: Problem[] = [];
  const say = (severity: Problem["severity"], code: string, at: number, message: string, hint?: string) =>
    diagnostics.push({
      ...{ severity, code, message, ...places[at]!, length: Math.max(1, args[at]!.length) },
      ...(hint !== undefined && { hint }),
    });
  const set = (setting: SettingName, value: string, at: number) => {
    settings[setting] = SETTINGS[setting].shape.kind === "switch" ? (readSwitch(value) ?? false) : value;
    origin.set(setting, places[at]!);
  };

  const variable = (name: string, value: string, at: number) => {
    const setting = VARIABLES.get(name);
    if (Object.hasOwn(UNREAD, name)) say("warning", "unread-variable", at, `${name}: ${UNREAD[name]}`);
    else if (setting === undefined) say("info", "unknown-variable", at, `${name}: no rule depends on this variable`);
    else if (SETTINGS[setting].shape.kind === "switch" && readSwitch(value) === undefined)
      say(
        "warning",
        "bad-value",
        at,
        `${name}: the tool passes over ${JSON.stringify(value)}, which is not true or false`,
      );
    else if (!byFlag.has(setting)) set(setting, value, at);
  };

  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    const assigned = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(word);
    if (word === "--") {
      if (at + 1 < args.length) say("warning", "unexpected-word", at, "--: the tool reads no flags behind it");
      break;
    }
    if (assigned) variable(assigned[1]!, assigned[2]!, at);
    else if (!word.startsWith("-") || word === "-") {
      if (!/(^|\/)(istio-iptables|pilot-agent)$/.test(word))
        say("warning", "unexpected-word", at, `expected a flag, got ${JSON.stringify(word)}`);
    } else
      for (const one of splitCluster(word)) {
        const { key, attached } = splitFlag(one);
        const flag = FLAGS.get(key);
        const place = at;
        if (flag === undefined) {
          const next = args[at + 1];
          const swallows =
            attached === undefined && next !== undefined && !next.startsWith("-") && key.startsWith("--");
          const taken = swallows ? `; ${JSON.stringify(next)} is taken as its value` : "";
          say("warning", "unknown-flag", place, `${key}: not a flag of istio-iptables${taken}`, hintFor(key));
          if (swallows) at++;
          continue;
        }
        const value = attached ?? (flag.isSwitch ? "true" : args[++at]);
        const expected = flag.isSwitch ? "true or false" : (flag.value?.expected ?? "a value");
        const good = flag.isSwitch
          ? readSwitch(value ?? "") !== undefined
          : flag.value?.good.test(value ?? "") !== false;
        if (value === undefined)
          say("error", "missing-value", place, `${key}: expected a value, got the end of the arguments`);
        else if (!good) say("error", "bad-value", place, `${key}: expected ${expected}, got ${JSON.stringify(value)}`);
        else if (flag.setting !== undefined) {
          byFlag.add(flag.setting);
          set(flag.setting, value, place);
        } else if (flag.warning !== undefined && readSwitch(value) !== false)
          say("warning", "no-effect", place, `${key}: ${flag.warning}`);
        else if (flag.info !== undefined) say("info", "no-effect", place, `${key}: ${flag.info}`);
      }
  }

  for (const { setting, ...note } of resolveSettings(settings as IstioSettings).notes)
    diagnostics.push({ ...note, ...(origin.get(setting) ?? { line: 1, column: 1 }) });
  if (diagnostics.some((one) => one.severity === "error")) throw new ParseError(diagnostics);
  return { settings: settings as IstioSettings, diagnostics };
}

/** The long flag that may have been meant. */
function hintFor(key: string): string | undefined {
  const near = key.startsWith("--") ? nearName(key, FLAGS.keys()) : undefined;
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** `-nb80` is `-n -b80`: letters of switches stand together, and the last flag may have a value (pflag). */
function splitCluster(word: string): readonly string[] {
  const first = word.slice(0, 2);
  const alone = word.startsWith("--") || word.length === 2 || word[2] === "=" || FLAGS.get(first)?.isSwitch !== true;
  return alone ? [word] : [first, ...splitCluster(`-${word.slice(2)}`)];
}

/** `--flag=value`, `-f=value` and `-fvalue` hold their value; pflag reads them so. */
function splitFlag(word: string): { key: string; attached?: string } {
  const equals = word.indexOf("=");
  if (word.startsWith("--"))
    return equals < 0 ? { key: word } : { key: word.slice(0, equals), attached: word.slice(equals + 1) };
  if (word.length === 2) return { key: word };
  return { key: word.slice(0, 2), attached: word.slice(equals === 2 ? 3 : 2) };
}
