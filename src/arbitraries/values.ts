import * as fc from "fast-check";

/**
 * Mostly one of a few values that matter, now and then any other. Shrinks to the first of those that matter, which is to
 * be the one that is easiest to read.
 */
export function leaning<T>(matter: readonly T[], any?: fc.Arbitrary<T>): fc.Arbitrary<T> {
  const named = fc.constantFrom(...new Set(matter));
  if (any === undefined) return named;
  return fc.oneof({ withCrossShrink: true }, { weight: 9, arbitrary: named }, { weight: 1, arbitrary: any });
}

/** A port; shrinks to 80. */
export const ports = (matter: readonly number[] = []): fc.Arbitrary<number> =>
  leaning([80, ...matter], fc.integer({ min: 1, max: 65535 }));

/** A uid or gid; shrinks to 1000, an ordinary one. */
export const owners = (matter: readonly number[] = []): fc.Arbitrary<number> =>
  leaning([1000, 0, ...matter], fc.integer({ min: 0, max: 65534 }));

/** A mark; shrinks to 0. */
export const marks = (matter: readonly number[] = []): fc.Arbitrary<number> =>
  leaning([0, ...matter.map((mark) => mark >>> 0)], fc.integer({ min: 0, max: 0xffffffff }));

/** Any IPv4 address that a host may have. */
export const anyIPv4: fc.Arbitrary<string> = fc
  .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 254 }))
  .map((octets) => octets.join("."));

/** Any global IPv6 address. */
export const anyIPv6: fc.Arbitrary<string> = fc
  .array(fc.nat(0xffff), { minLength: 3, maxLength: 3 })
  .map((groups) => `2001:db8::${groups.map((group) => group.toString(16)).join(":")}`);

export const anyAddress = (family: "ipv4" | "ipv6"): fc.Arbitrary<string> => (family === "ipv4" ? anyIPv4 : anyIPv6);
