import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { CopyMark, SetBits } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const set = (value: number, mask: number, more: Pick<SetBits, "shift"> = {}): Action => ({
  effects: [{ kind: "set", field: "connmark", value, mask, ...more }],
  control: "continue",
});

const copy = (to: CopyMark["to"], nfmask: number, ctmask: number, more: Pick<CopyMark, "shift"> = {}): Action => ({
  effects: [{ kind: "copy", to, nfmask, ctmask, ...more }],
  control: "continue",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--set-mark 7",
      save: "--set-xmark 0x7/0xffffffff",
      list: " CONNMARK set 0x7",
      action: set(7, -1),
    },
    {
      typed: "--set-mark 1 --mask 5",
      save: "--set-xmark 0x1/0x5",
      list: " CONNMARK xset 0x1/0x5",
      action: set(1, 5),
    },
    {
      typed: "--and-mark 0x1",
      save: "--set-xmark 0x0/0xfffffffe",
      list: " CONNMARK and 0x1",
      action: set(0, -2),
    },
    {
      typed: "--set-xmark 0x1/0xff --left-shift-mark 2",
      list: " CONNMARK xset 0x1/0xff left-shift-mark 2",
      action: set(1, 0xff, { shift: 2 }),
    },
    {
      typed: "--save-mark",
      save: "--save-mark --nfmask 0xffffffff --ctmask 0xffffffff",
      list: " CONNMARK save",
      action: copy("connmark", -1, -1),
    },
    {
      typed: "--restore-mark --mask 0xff",
      save: "--restore-mark --nfmask 0xff --ctmask 0xff",
      list: " CONNMARK restore mask 0xff",
      action: copy("mark", 0xff, 0xff),
    },
    {
      typed: "--save-mark --nfmask 0x3 --ctmask 0x30",
      list: " CONNMARK save nfmask 0x3 ctmask ~0x30",
      action: copy("connmark", 3, 0x30),
    },
    {
      typed: "--restore-mark --nfmask 0xff --right-shift-mark 31",
      save: "--restore-mark --nfmask 0xff --ctmask 0xffffffff --right-shift-mark 31",
      list: " CONNMARK restore ctmask 0xffffffff nfmask ~0xff right-shift-mark 31",
      action: copy("mark", 0xff, -1, { shift: -31 }),
    },
  ],
  refused: [
    { typed: "--left-shift-mark 1", reason: "got none" },
    { typed: "--set-mark 1 --save-mark", reason: "cannot be used together" },
    { typed: "--save-mark --mask 1 --ctmask 2", reason: "--mask cannot be used together with --ctmask" },
    { typed: "--save-mark --right-shift-mark 32", reason: "from 0 to 31" },
  ],
  unread: [" CONNMARK save mask 0x1ffffffff"],
};
