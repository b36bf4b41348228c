import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { ChangeSets } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const sets = (change: Omit<ChangeSets, "kind">): Action => ({
  effects: [{ kind: "sets", ...change }],
  control: "continue",
});

export const vectors: TargetVectors = {
  rules: [
    {
      typed: "--del-set seen dst",
      list: " del-set seen dst",
      action: sets({ del: { name: "seen", directions: ["dst"] } }),
    },
    {
      typed: "--exist --add-set seen src,dst,dst --timeout 9",
      save: "--add-set seen src,dst,dst --exist --timeout 9",
      list: " add-set seen src,dst,dst exist timeout 9",
      action: sets({ add: { name: "seen", directions: ["src", "dst", "dst"], exist: true, timeout: 9 } }),
    },
    {
      typed: "--map-set marks src --map-prio --map-mark",
      save: "--map-set marks src --map-mark --map-prio",
      list: " map-set marks src map-mark map-prio",
      action: sets({ map: { name: "marks", directions: ["src"], mark: true } }),
    },
    {
      typed: "--map-set marks src --map-prio --add-set seen src",
      save: "--add-set seen src --map-set marks src --map-prio",
      list: " add-set seen src map-set marks src map-prio",
      action: sets({
        add: { name: "seen", directions: ["src"], exist: false },
        map: { name: "marks", directions: ["src"], mark: false },
      }),
    },
  ],
  refused: [
    { typed: "--add-set seen up", reason: "expected the name of a set" },
    { typed: "--map-set marks src", reason: "--map-set needs one of" },
    { typed: "--del-set seen src --exist", reason: "need --add-set" },
  ],
};
