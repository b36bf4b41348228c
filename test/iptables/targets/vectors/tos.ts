import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const set = (value: number, mask: number): Action => ({
  effects: [{ kind: "set", field: "tos", value, mask }],
  control: "continue",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--set-tos maximize-throughput",
      save: "--set-tos 0x08/0x3f",
      list: "  TOS setMaximize-Throughput",
      numeric: " TOS set 0x08/0x3f",
      action: set(8, 0x3f),
    },
    { typed: "--set-tos 5/0x3f", save: "--set-tos 0x05/0x3f", list: " TOS set 0x05/0x3f", action: set(5, 0x3f) },
    {
      typed: "--and-tos 0xfc",
      save: "--set-tos 0x00/0x03",
      list: " TOS and 0xfc",
      numeric: " TOS set 0x00/0x03",
      action: set(0, 3),
    },
    {
      typed: "--or-tos 2",
      save: "--set-tos 0x02/0x02",
      list: " TOS or 0x02",
      numeric: " TOS set 0x02/0x02",
      action: set(2, 2),
    },
    {
      typed: "--xor-tos 9",
      save: "--set-tos 0x09/0x00",
      list: " TOS xor 0x09",
      numeric: " TOS set 0x09/0x00",
      action: set(9, 0),
    },
  ],
  refused: [{ typed: "", reason: "got none" }],
};
