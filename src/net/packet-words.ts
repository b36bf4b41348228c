import { nearName } from "../text/near.ts";
import { ParseError, type Problem } from "../text/problem.ts";
import { shown } from "../text/shape.ts";
import { readAddress } from "./address.ts";
import { macNumber } from "./mac.ts";
import { BUILT_IN_NAMES } from "./names.ts";
import type { PacketSpec } from "./packet-spec.ts";
import { hasPorts } from "./protocol.ts";
import { readTcpFlags } from "./tcp-flags.ts";

const NUMBERS = [
  ...(["uid", "gid", "mark", "tos", "ttl", "length", "payload", "type", "code", "id", "sport", "dport"] as const),
  ...(["seq", "ack", "window", "windowScale", "mss", "spi"] as const),
];

/** The number of a protocol, NaN if it is none. */
const protocol = (text: string): number =>
  BUILT_IN_NAMES.protocol(text) ?? (/^\d{1,3}$/.test(text) ? Number(text) : Number.NaN);

/**
 * Reads a packet in words: `tcp 10.244.1.5:40000 -> 10.96.0.10:80 uid=1337 out=lo`, `udp -> [fd00::a]:53`.
 *
 * @throws ParseError with the column of the word that is wrong
 */
export function readPacketWords(text: string): PacketSpec {
  const fail: Fail = (column, received, expected, near) => {
    const message = `packet: expected ${expected}, got ${received === "" ? "the end" : shown(received)}`;
    const problem: Problem = {
      severity: "error",
      code: "bad-packet",
      message,
      line: 1,
      column,
      length: Math.max(1, received.length),
      expected,
      received,
      hint:
        near !== undefined
          ? `did you mean ${near}=?`
          : "a packet is written as: tcp 10.0.0.2:40000 -> 10.96.0.10:80 uid=1000",
    };
    throw new ParseError([problem]);
  };
  const words = [...text.matchAll(/\S+/g)].map((found) => ({ text: found[0], column: found.index + 1 }));
  const spec: Record<string, unknown> = {};
  const [proto, ...rest] = words;
  if (proto === undefined || /[.=]/.test(proto.text))
    return fail(proto?.column ?? 1, proto?.text ?? "", "a protocol (tcp, udp, icmp, a number)");
  if (!(protocol(proto.text) <= 255)) fail(proto.column, proto.text, "a protocol (tcp, udp, icmp, a number)");
  spec["proto"] = /^\d+$/.test(proto.text) ? Number(proto.text) : proto.text.toLowerCase();
  const ends: { text: string; column: number }[] = [];
  let arrow = -1;
  for (const word of rest) {
    if (word.text === "->" || word.text === "→") arrow = ends.length;
    else if (word.text.includes("=")) readSetting(word.text, word.column, spec, fail);
    else ends.push(word);
  }
  const [first, second] = ends;
  if (ends.length > 2) fail(ends[2]!.column, ends[2]!.text, "name=value");
  if (arrow > 1 || (arrow === 0 && second)) fail(ends[1]!.column, ends[1]!.text, "one source, ->, one destination");
  if (second && arrow < 0) fail(second.column, second.text, "-> between source and destination");
  const destination = second ?? (arrow === 1 ? undefined : first);
  if (destination === undefined) return fail(text.length + 1, "", "a destination");
  if (second) readEnd(first!, "src", "sport", spec, fail);
  readEnd(destination, "dst", "dport", spec, fail);
  if (hasPorts(protocol(proto.text)) && spec["dport"] === undefined)
    fail(destination.column, destination.text, "a destination with a port, as 10.0.0.2:80 or [fd00::2]:80");
  return spec as unknown as PacketSpec;
}

type Fail = (column: number, received: string, expected: string, near?: string) => never;

function readEnd(
  word: { text: string; column: number },
  address: string,
  port: string,
  spec: Record<string, unknown>,
  fail: Fail,
): void {
  const split = /^\[(.+)\](?::(\d+))?$/.exec(word.text) ?? /^([^:]+):(\d+)$/.exec(word.text) ?? [null, word.text];
  if (readAddress(split[1]!) === undefined) fail(word.column, word.text, "an address, as 10.0.0.2:80 or [fd00::2]:80");
  spec[address] = split[1];
  if (split[2] === undefined) return;
  if (Number(split[2]) > 65535) fail(word.column, word.text, "a port up to 65535");
  spec[port] = Number(split[2]);
}

function readSetting(text: string, column: number, spec: Record<string, unknown>, fail: Fail): void {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  const value = text.slice(at + 1);
  if (name === "mss" && value === "none") spec["mss"] = null;
  else if ((NUMBERS as readonly string[]).includes(name)) {
    if (!/^(0x[0-9a-f]+|\d+)$/i.test(value)) fail(column, text, `${name}= and a number`);
    spec[name] = Number(value);
  } else if (name === "mac") {
    if (Number.isNaN(macNumber(value))) fail(column, text, "mac= and an address as 00:11:22:aa:bb:cc");
    spec["mac"] = value;
  } else if (name === "in" || name === "out") spec[name] = value;
  else if (name === "physIn" || name === "physOut") spec[name] = value === "none" ? null : value;
  else if (name === "flags") {
    if (readTcpFlags(value) === undefined) fail(column, text, "flags= and names such as SYN,ACK");
    spec["flags"] = value
      .toUpperCase()
      .split(",")
      .filter((one) => one !== "" && one !== "NONE");
  } else if (name === "groups") {
    if (!/^\d+(,\d+)*$/.test(value)) fail(column, text, "groups= and numbers separated by commas");
    spec["groups"] = value.split(",").map(Number);
  } else if (name === "transparent") {
    if (!/^(true|false|yes|no)$/.test(value)) fail(column, text, "transparent=yes or transparent=no");
    spec["transparent"] = value === "true" || value === "yes";
  } else {
    const known = [...NUMBERS, "in", "out", "physIn", "physOut", "mac", "flags", "groups", "transparent"];
    fail(column, text, `one of ${known.join(", ")} and =`, nearName(name, known));
  }
}
