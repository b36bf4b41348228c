import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { type Given, option, type Range } from "../extension/value.ts";
import { askedSpi, spiCondition, spiFromList, spiRange, spiToList, spiToSave } from "./spi-values.ts";

/**
 * `-p esp -m esp [!] --espspi n[:n]`: the security parameter index of an ESP packet, which a packet need not say.
 *
 * Kernel: net/netfilter/xt_esp.c, esp_mt.
 */
export interface EspMatch {
  readonly kind: "esp";
  readonly spi?: Given<Range>;
}

const ESP = 50;

const make = (spi: Given<Range> | undefined): EspMatch => {
  const asked = askedSpi(spi);
  return { kind: "esp", ...(asked && { spi: asked }) };
};

const toSave = ({ spi }: EspMatch): string => (spi ? spiToSave("espspi", spi) : "");

export const esp: MatchExtension<EspMatch> = defineMatch<EspMatch>()({
  kind: "esp",
  summary: "the parameter index of an ESP packet",
  protocols: [ESP],
  options: { spi: option("espspi", spiRange, { negatable: true }) },
  fromSave: ({ spi }) => make(spi),
  toSave,
  fromList: (reader) => (reader.take(/esp(?=\s|$)/y) ? make(spiFromList(reader)) : undefined),
  toList: ({ spi }) => ` esp${spi ? ` ${spiToList(spi)}` : ""}`,
  meaning: ({ spi }) => (spi ? [spiCondition("espspi", spi)] : []),
});
