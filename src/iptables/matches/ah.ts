import { condition, unmodelled } from "../../predicate/predicate.ts";
import { UINT32 } from "../../text/number.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, flag, type Given, numberFrom, option, type Range } from "../extension/value.ts";
import { askedSpi, spiCondition, spiFromList, spiRange, spiToList, spiToSave } from "./spi-values.ts";

/**
 * `-p ah -m ah [!] --ahspi n[:n]`, in IPv6 also `[!] --ahlen n [--ahres]` and without `-p`: the authentication header, which
 * packets here do not carry.
 *
 * Kernel: net/ipv4/netfilter/ipt_ah.c, ah_mt; net/ipv6/netfilter/ip6t_ah.c, ah_mt6.
 */
export interface AhMatch {
  readonly kind: "ah";
  readonly spi?: Given<Range>;
  readonly length?: Given<number>;
  readonly reserved: boolean;
}

const make = (spi: Given<Range> | undefined, length: Given<number> | undefined, reserved: boolean): AhMatch => {
  const asked = askedSpi(spi);
  const measured = length && (length.value !== 0 || length.negated) ? length : undefined;
  return { kind: "ah", ...(asked && { spi: asked }), ...(measured && { length: measured }), reserved };
};

const toSave = ({ spi, length, reserved }: AhMatch): string =>
  (spi ? spiToSave("ahspi", spi) : "") +
  (length ? `${bang(length.negated)} --ahlen ${length.value}` : "") +
  (reserved ? " --ahres" : "");

export const ah: MatchExtension<AhMatch> = defineMatch<AhMatch>()({
  kind: "ah",
  summary: "the authentication header",
  options: {
    spi: option("ahspi", spiRange, { negatable: true }),
    length: option("ahlen", numberFrom(0, UINT32), { negatable: true }),
    reserved: flag("ahres"),
  },
  fromSave({ spi, length, reserved }, context) {
    if (context.family === "ipv4" && (length || reserved)) context.fail("ah: --ahlen and --ahres are IPv6 only");
    return make(spi, length, reserved !== undefined);
  },
  toSave,
  fromList(reader) {
    if (!reader.take(/ah(?=\s|$)/y)) return undefined;
    const spi = spiFromList(reader);
    // Nothing separates the index from the length.
    const length = reader.take(/length:(!?)(\d+)/y);
    const reserved = reader.take(/reserved(?=\s|$)/y) !== null;
    return make(spi, length ? { value: Number(length[2]), negated: length[1] === "!" } : undefined, reserved);
  },
  toList: ({ spi, length, reserved }) =>
    ` ah ${spi ? spiToList(spi) : ""}` +
    (length ? `length:${length.negated ? "!" : ""}${length.value}` : "") +
    (reserved ? " reserved" : ""),
  meaning(match, family) {
    const { spi } = match;
    // In IPv6 the header itself is asked for, which -p need not name.
    if (family === "ipv6") return [condition(`-m ah${toSave(match)}`, unmodelled("ah", toSave(match)))];
    return spi ? [spiCondition("ahspi", spi)] : [];
  },
});
