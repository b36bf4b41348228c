/** Names of values of the type-of-service byte. Facts as xtables' tos_values.c has them. */
export const TOS_NAMES: readonly (readonly [name: string, value: number])[] = [
  ["Minimize-Delay", 0x10],
  ["Maximize-Throughput", 0x08],
  ["Maximize-Reliability", 0x04],
  ["Minimize-Cost", 0x02],
  ["Normal-Service", 0x00],
];

/** The bits that a name speaks of. */
export const TOS_NAMED_MASK = 0x3f;

export const tosNamed = (word: string): number | undefined =>
  TOS_NAMES.find(([name]) => name.toLowerCase() === word.toLowerCase())?.[1];

export const tosName = (value: number): string | undefined => TOS_NAMES.find((one) => one[1] === value)?.[0];

/** The code point of a DiffServ class: CS0 to CS7, BE, AF11 to AF43, EF, in any case (RFC 2474, 2597, 3246). */
export function dscpClass(word: string): number | undefined {
  const name = word.toUpperCase();
  if (name === "BE") return 0;
  if (name === "EF") return 0x2e;
  const selector = /^CS([0-7])$/.exec(name);
  if (selector) return Number(selector[1]) * 8;
  const assured = /^AF([1-4])([1-3])$/.exec(name);
  return assured ? Number(assured[1]) * 8 + Number(assured[2]) * 2 : undefined;
}

/** `0x0a`: as both fields are printed. */
export const hexByte = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
