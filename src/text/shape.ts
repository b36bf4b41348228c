import { nearName } from "./near.ts";
import { readable } from "./readable.ts";

/**
 * Looks at one value that no type checker may have seen, and throws a TypeError that names its place if it does not fit.
 *
 * `where` is the path from what the caller gave: `netns.sockets[2].port`.
 */
export type Shape = (value: unknown, where: string) => void;

/** A value as a message shows it: JSON where it has one, never long. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number") return `${value}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  const name: unknown = typeof value === "object" && value !== null ? value.constructor?.name : undefined;
  if (typeof name === "string" && name !== "Object" && name !== "Array") return `a ${name}`;
  try {
    return readable(JSON.stringify(value), 80);
  } catch {
    return "an object";
  }
}

/** Refuses a value. */
export function unfit(where: string, expected: string, got: unknown, hint?: string): never {
  throw new TypeError(`${where}: expected ${expected}, got ${shown(got)}${hint === undefined ? "" : `; ${hint}`}`);
}

/** Refuses a name that is none of those known. */
export function unknownName(where: string, known: readonly string[], got: string): never {
  const near = nearName(got, known);
  return unfit(where, `one of ${known.join(", ")}`, got, near === undefined ? undefined : `did you mean "${near}"?`);
}

/** `where.key`, or `where["odd key"]`. */
export const memberPath = (where: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${where}.${key}` : `${where}[${shown(key)}]`;

type Json = Readonly<Record<string, unknown>>;

/** @throws TypeError for what is no object, or a list */
export function objectAt(value: unknown, where: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unfit(where, "an object", value);
  return value as Json;
}

/** @throws TypeError for what is no list */
const listAt = (value: unknown, where: string): readonly unknown[] =>
  Array.isArray(value) ? value : unfit(where, "a list", value);

/**
 * An object of type `T`: all its members are named here, so that one which is added to the type and not here does not
 * compile, and one that is not of the type is refused. A member that is undefined counts as left out.
 */
export function shapeOf<T>(
  members: { readonly [K in keyof Required<T>]: Shape },
  required: readonly (keyof T & string)[] = [],
): Shape {
  const known = Object.keys(members);
  return (value, where) => {
    const json = objectAt(value, where);
    for (const key of Object.keys(json)) {
      if (!known.includes(key)) unknownName(memberPath(where, key), known, key);
      if (json[key] !== undefined) members[key as keyof T](json[key], `${where}.${key}`);
    }
    for (const key of required) if (json[key] === undefined) members[key](undefined, `${where}.${key}`);
  };
}

/** An object of somebody else's making: only these members are looked at; null counts as left out. */
export const holding =
  (members: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  (value, where) => {
    const json = objectAt(value, where);
    for (const [key, shape] of Object.entries(members))
      if ((json[key] !== undefined && json[key] !== null) || required.includes(key))
        shape(json[key], `${where}.${key}`);
  };

export const listOf =
  (item: Shape): Shape =>
  (value, where) => {
    for (const [at, one] of listAt(value, where).entries()) item(one, `${where}[${at}]`);
  };

/** An object whose keys are names of the caller's. */
export const recordOf =
  (item: Shape, key?: (key: string, where: string) => void): Shape =>
  (value, where) => {
    for (const [name, one] of Object.entries(objectAt(value, where))) {
      key?.(name, memberPath(where, name));
      item(one, memberPath(where, name));
    }
  };

/** One item, or a list of them. */
export const oneOrMore =
  (item: Shape): Shape =>
  (value, where) =>
    Array.isArray(value) ? listOf(item)(value, where) : item(value, where);

/** A value that `good` takes; `expected` is what the message says. */
export const thatIs =
  (expected: string, good: (value: unknown) => boolean): Shape =>
  (value, where) => {
    if (!good(value)) unfit(where, expected, value);
  };

export const whole = (min: number, max: number): Shape =>
  thatIs(
    `a whole number from ${min} to ${max}`,
    (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  );

export const port: Shape = whole(0, 65535);
export const uint32: Shape = whole(0, 0xffffffff);
export const flag: Shape = thatIs("true or false", (value) => typeof value === "boolean");

/** A text that is not empty; `what` it is stands in the message. */
export const text = (what: string): Shape => thatIs(what, (value) => typeof value === "string" && value !== "");

export const oneOf =
  (...words: readonly string[]): Shape =>
  (value, where) => {
    if (typeof value === "string" && words.includes(value)) return;
    if (typeof value === "string") unknownName(where, words, value);
    unfit(where, `one of ${words.join(", ")}`, value);
  };

/** Nothing is asked of it. */
export const anything: Shape = () => {};
