import * as fc from "fast-check";

/**
 * One of a few values in their order of preference, now and then any other.
 *
 * A class, because fast-check asks for one. fast-check's own `oneof` and `constantFrom` draw or halve their way when they
 * shrink and miss the first value that would do; here the values are tried one after another.
 */
class Leaning<T> extends fc.Arbitrary<T> {
  readonly matter: readonly T[];
  readonly any: fc.Arbitrary<T> | undefined;

  constructor(matter: readonly T[], any: fc.Arbitrary<T> | undefined) {
    super();
    this.matter = matter;
    this.any = any;
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<T> {
    if (this.any !== undefined && random.nextInt(0, 9) === 0) return this.any.generate(random, bias);
    return new fc.Value(this.matter[random.nextInt(0, this.matter.length - 1)]!, undefined);
  }

  canShrinkWithoutContext(value: unknown): value is T {
    return this.matter.includes(value as T);
  }

  shrink(value: T): fc.Stream<fc.Value<T>> {
    const at = this.matter.indexOf(value);
    const better = at < 0 ? this.matter : this.matter.slice(0, at);
    return fc.Stream.of(...better.map((one) => new fc.Value(one, undefined)));
  }
}

/**
 * Mostly one of a few values that matter, now and then any other. Shrinks to the first of those that matter that will do,
 * so they are to be in the order in which they are easy to read.
 */
export const leaning = <T>(matter: readonly T[], any?: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  new Leaning([...new Set(matter)], any);

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

/** Addresses of a family: {@link anyIPv4} or {@link anyIPv6}. */
export const anyAddress = (family: "ipv4" | "ipv6"): fc.Arbitrary<string> => (family === "ipv4" ? anyIPv4 : anyIPv6);
