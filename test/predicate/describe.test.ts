import { expect, test } from "vitest";
import { readPrefix } from "../../src/net/address.ts";
import { conditionsOf, whyNot, whyNotText } from "../../src/predicate/describe.ts";
import {
  ABSENT,
  CT_ESTABLISHED,
  CT_NEW,
  DST_NAT,
  type Frame,
  type FrameHost,
  UNSAID,
} from "../../src/predicate/frame.ts";
import { all, bits, inPrefix, inRange, never, type Predicate } from "../../src/predicate/predicate.ts";

const refuse = (what: string) => (): never => {
  throw new Error(`${what} was asked again`);
};

/** Whatever must not be asked a second time throws. */
const host: FrameHost = {
  now: 0,
  addressTypes: () => 1 << 1,
  findsSocket: refuse("the socket look-up"),
  readState: refuse("a stateful match"),
  writeState: refuse("a stateful match"),
  chance: refuse("chance"),
  decide: refuse("an open question"),
  countConnections: () => 3,
  leadsBack: refuse("routes"),
  transformed: refuse("IPsec"),
  inSet: refuse("a set"),
  describeSet: () => undefined,
};

const frame = (more: Partial<Frame> = {}): Frame => ({
  v6: false,
  s0: 0,
  s1: 0,
  s2: 0,
  s3: 0x0a000002,
  d0: 0,
  d1: 0,
  d2: 0,
  d3: 0x7f000001,
  proto: 6,
  sport: 40000,
  dport: 80,
  icmpType: ABSENT,
  icmpCode: ABSENT,
  icmpId: ABSENT,
  tcpFlags: 2,
  length: 60,
  ttl: 64,
  tos: 0,
  mark: 0x539,
  inDevice: "",
  physIn: "",
  physOut: "",
  outDevice: "eth0",
  uid: 1000,
  gid: UNSAID,
  groups: [],
  socket: 1,
  ctstate: CT_NEW,
  entry: null,
  isReply: false,
  host,
  ...more,
});

const PLACE = { table: "nat", chain: "OUTPUT", rule: 1 };

const said = (predicate: Predicate, more: Partial<Frame> = {}): string => {
  const why = whyNot(predicate, frame(more), PLACE);
  return why === undefined ? "nothing" : whyNotText(why);
};

const device = (field: "in" | "out", pattern: string, negated = false): Predicate => ({
  kind: "onDevice",
  field,
  pattern,
  negated,
  text: `${negated ? "! " : ""}-${field[0]} ${pattern}`,
});

const uid = (negated = false): Predicate =>
  inRange("uid", 1337, 1337, { negated, text: `${negated ? "! " : ""}--uid-owner 1337` });

const gid: Predicate = inRange("gid", 1337, 1337, { text: "--gid-owner 1337" });

const state = (states: number, text: string, rest?: readonly Predicate[]): Predicate => ({
  kind: "stateIn",
  states,
  negated: false,
  text,
  ...(rest && { rest }),
});

const tuple = { s0: 0, s1: 0, s2: 0, s3: 1, d0: 0, d1: 0, d2: 0, d3: 2, proto: 6, sport: 1, dport: 2 };
const entry = { original: tuple, reply: tuple, mark: 7, status: DST_NAT, expires: 10 };

test.each<[string, Predicate, Partial<Frame>, string]>([
  ["an owner", uid(), {}, "`--uid-owner 1337`: the packet's uid is 1000"],
  ["a negated owner", uid(true), { uid: 1337 }, "`! --uid-owner 1337`: the packet's uid is 1337"],
  ["no socket", uid(), { uid: ABSENT }, "`--uid-owner 1337`: the packet has no socket"],
  ["an owner that was not given", gid, {}, "`--gid-owner 1337`: the packet's gid was not given"],
  ["a device", device("out", "lo"), {}, "`-o lo`: the out-interface is eth0"],
  ["a device that is not there", device("in", "eth0"), {}, "`-i eth0`: there is no in-interface here"],
  [
    "a destination",
    inPrefix("dst", readPrefix("127.0.0.1")!, { negated: true, text: "! -d 127.0.0.1" }),
    {},
    "`! -d 127.0.0.1`: the destination is 127.0.0.1",
  ],
  [
    "a port",
    inRange("dport", 443, 443, { text: "--dport 443" }),
    { proto: 1, dport: ABSENT },
    "`--dport 443`: icmp has no ports",
  ],
  ["a protocol", inRange("proto", 17, 17, { text: "-p udp" }), {}, "`-p udp`: the protocol is tcp"],
  [
    "flags",
    bits("tcpFlags", 16, 18, { text: "--tcp-flags SYN,ACK ACK" }),
    {},
    "`--tcp-flags SYN,ACK ACK`: the TCP flags are SYN",
  ],
  ["a mark", bits("mark", 1, -1, { text: "--mark 0x1" }), {}, "`--mark 0x1`: the mark is 0x539"],
  ["a state without an entry", state(CT_NEW, "--ctstate NEW"), {}, "`--ctstate NEW`: the state is INVALID"],
  [
    "a state",
    state(CT_ESTABLISHED, "--ctstate ESTABLISHED"),
    { entry },
    "`--ctstate ESTABLISHED`: the state is NEW,DNAT",
  ],
  [
    "what stands behind a state",
    state(CT_NEW, "--ctstate NEW", [
      { kind: "entryBits", field: "connmark", value: 1, mask: -1, negated: false, text: "--mark 1" },
    ]),
    { entry },
    "`--mark 1`: the connmark is 0x7",
  ],
  [
    "an address type",
    { kind: "addressTypes", field: "dst", types: 1 << 2, negated: false, text: "--dst-type LOCAL" },
    {},
    "`--dst-type LOCAL`: the destination is of type UNICAST",
  ],
  ["what no packet is", never("-f"), {}, "`-f`: no packet here is that"],
  [
    "one of several",
    {
      kind: "any",
      of: [inRange("sport", 1, 1, { text: "" }), inRange("dport", 1, 1, { text: "" })],
      negated: false,
      text: "--ports 1",
    },
    {},
    "`--ports 1`: the source port is 40000 and the destination port is 80",
  ],
])("%s", (_, predicate, more, expected) => expect(said(predicate, more)).toBe(expected));

const limit: Predicate = {
  kind: "stateful",
  negated: false,
  text: "-m limit",
  step: refuse("a stateful match"),
};

test("the first of several failures is named", () => {
  expect(said(all([device("out", "lo"), uid()]))).toBe("`-o lo`: the out-interface is eth0");
});

test("a match with a memory is named only where all else holds, and is not stepped again", () => {
  expect(said(all([limit, uid()]))).toBe("`--uid-owner 1337`: the packet's uid is 1000");
  expect(said(all([limit, uid()]), { uid: 1337 })).toBe("`-m limit`: the rule's own count of earlier packets decides");
});

test("an open question is not asked again", () => {
  const hidden: Predicate = { kind: "open", question: { kind: "hidden", subject: "out", text: "-o ?" } };
  expect(said(hidden)).toBe("`-o ?`: the dump hides the out-interface; taken as not matching");
});

test("nothing is said of conditions that hold", () => expect(said(uid(), { uid: 1337 })).toBe("nothing"));

test("conditions are listed one by one", () => {
  expect(conditionsOf(all([device("out", "lo"), uid(true)]))).toEqual(["-o lo", "! --uid-owner 1337"]);
  expect(conditionsOf({ kind: "always" })).toEqual([]);
});
