import { expect, test } from "vitest";
import { mayStart } from "../../../src/iptables/list/starts.ts";

const kinds = (text: string, from = 0): string[] => mayStart("ipv4", text, from).map((one) => one.kind);

test("only what may start with the character is asked, in the order of the table", () => {
  expect(kinds(" udp dpt:53")).toEqual(["udp"]);
  expect(kinds(" ! owner UID match 7")).toEqual(["owner"]);
  expect(kinds(" udp dpt:53 /* x */", 12)).toEqual(["comment"]);
  expect(kinds(" source IP range 10.0.0.1-10.0.0.2")).toEqual(
    expect.arrayContaining(["iprange", "state", "statistic"]),
  );
  expect(kinds(" destination IP range 10.0.0.1-10.0.0.2")).toEqual(expect.arrayContaining(["iprange", "dccp"]));
});

test("every extension tells its start, so nothing is asked about text of no extension", () => {
  expect(kinds(" 15001")).toEqual([]);
  expect(kinds("")).toEqual([]);
});
