import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TargetVectors } from "../harness.ts";

const set = (value: number, mask: number): Action => ({
  effects: [{ kind: "set", field: "mark", value, mask }],
  control: "continue",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--set-mark 1337",
      save: "--set-xmark 0x539/0xffffffff",
      list: " MARK set 0x539",
      action: set(0x539, -1),
    },
    { typed: "--set-mark 0x8/0x3", save: "--set-xmark 0x8/0xb", list: " MARK xset 0x8/0xb", action: set(8, 0xb) },
    { typed: "--set-xmark 0x8/0x3", list: " MARK xset 0x8/0x3", action: set(8, 3) },
    {
      typed: "--set-xmark 0xffffffff",
      save: "--set-xmark 0xffffffff/0xffffffff",
      list: " MARK or 0xffffffff",
      action: set(-1, -1),
    },
    {
      typed: "--and-mark 0xf0",
      save: "--set-xmark 0x0/0xffffff0f",
      list: " MARK and 0xf0",
      action: set(0, -0xf1),
    },
    {
      typed: "--or-mark 0x4000",
      save: "--set-xmark 0x4000/0x4000",
      list: " MARK or 0x4000",
      action: set(0x4000, 0x4000),
    },
    {
      typed: "--xor-mark 0x80000000",
      save: "--set-xmark 0x80000000/0x0",
      list: " MARK xor 0x80000000",
      action: set(-0x80000000, 0),
    },
  ],
  refused: [
    { typed: "", reason: "expected one of --set-xmark, --set-mark, --and-mark, --or-mark, --xor-mark, got none" },
    { typed: "--set-mark 1 --and-mark 2", reason: "--set-mark cannot be used together with --and-mark" },
    { typed: "--set-xmark 4294967296", reason: "expected a 32-bit value" },
  ],
  unread: [" MARK set x"],
};
