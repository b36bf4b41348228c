import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { IstioSettings } from "../../src/mesh/istio/config.ts";

const FOLDER = join(import.meta.dirname, "../fixtures/istio");

/** Settings of our own and the commands that must follow from them. */
export interface IstioFixture {
  readonly name: string;
  readonly settings: IstioSettings;
  readonly ipv4: string;
  /** null: no IPv6 rules. */
  readonly ipv6: string | null;
}

const rules = (file: string) => (existsSync(join(FOLDER, file)) ? readFileSync(join(FOLDER, file), "utf8") : null);

/** `NAME.json` with `NAME.v4.rules` and, where there are IPv6 rules, `NAME.v6.rules`. */
export const istioFixtures: readonly IstioFixture[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .map((name) => ({
    name,
    settings: JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as IstioSettings,
    ipv4: rules(`${name}.v4.rules`) ?? "",
    ipv6: rules(`${name}.v6.rules`),
  }));
