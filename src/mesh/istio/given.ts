import {
  listOf,
  memberPath,
  objectAt,
  oneOrMore,
  type Shape,
  text,
  thatIs,
  unfit,
  unknownName,
} from "../../text/shape.ts";
import { type IstioSettings, resolveSettings, settingNamed } from "./config.ts";
import { istioSettings } from "./flags.ts";
import { SETTING_NAMES, SETTINGS } from "./settings.ts";
import { readSwitch } from "./shapes.ts";

/** Notes on arguments that the tool itself would stop at or misread. */
const SLIPS = new Set(["unknown-flag", "unexpected-word"]);

/** A setting's value: Istio has most of them as text, people write numbers too. */
const word: Shape = thatIs("a text", (value) => ["string", "number", "boolean"].includes(typeof value));

/** Istio's settings as they stand in JSON: an object by their names, or a list of the arguments of istio-iptables. */
export const ISTIO: Shape = (value, where) => {
  if (Array.isArray(value)) {
    listOf(text("an argument of istio-iptables"))(value, where);
    const slip = istioSettings(value as string[]).diagnostics.find(({ code }) => SLIPS.has(code));
    if (slip !== undefined) throw new TypeError(`${where}: ${slip.message}`);
    return;
  }
  const settings = objectAt(value, where);
  for (const [name, given] of Object.entries(settings)) {
    const setting = settingNamed(name);
    if (setting === undefined) continue;
    const { shape } = SETTINGS[setting];
    const place = memberPath(where, name);
    (shape.kind === "list" ? oneOrMore(word) : word)(given, place);
    if (shape.kind === "switch" && readSwitch(`${given}`) === undefined) unfit(place, "true or false", given);
  }
  for (const { code, severity, setting, message } of resolveSettings(settings as IstioSettings).notes) {
    if (code === "unknown-setting") unknownName(memberPath(where, setting), SETTING_NAMES, setting);
    if (severity === "error") throw new TypeError(`${where}.${message}`);
  }
};

/** What {@link ISTIO} has looked at. */
export const readIstio = (value: unknown): IstioSettings =>
  Array.isArray(value) ? istioSettings(value as string[]).settings : (value as IstioSettings);
