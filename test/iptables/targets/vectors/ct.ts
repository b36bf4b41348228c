import type { Action } from "../../../../src/iptables/extension/target.ts";
import type { TrackEffect } from "../../../../src/predicate/effect.ts";
import type { TargetVectors } from "../harness.ts";

const track = (more: Partial<TrackEffect> = {}): Action => ({
  effects: [{ kind: "track", notrack: false, ...more }],
  control: "continue",
});

export const vectors: TargetVectors = {
  rules: [
    { typed: "", list: " CT", action: track() },
    { typed: "--zone 0", save: "", list: " CT", action: track() },
    { typed: "--notrack", list: " CT notrack", action: track({ notrack: true }) },
    {
      typed: "--zone 0x10",
      save: "--zone 16",
      list: " CT zone 16",
      action: track({ zone: { direction: "both", zone: 16 } }),
    },
    {
      typed: "--zone-orig 5",
      list: " CT zone-orig 5",
      action: track({ zone: { direction: "original", zone: 5 } }),
    },
    {
      typed: "--zone-reply mark",
      list: " CT zone-reply mark",
      action: track({ zone: { direction: "reply", zone: "mark" } }),
    },
    {
      typed: "--expevents new --ctevents reply,new --helper ftp --timeout slow --zone 2",
      save: "--helper ftp --timeout slow --ctevents new,reply --expevents new --zone 2",
      list: " CT helper ftp timeout slow ctevents new,reply expevents new zone 2",
      action: track({ zone: { direction: "both", zone: 2 } }),
    },
  ],
  refused: [
    { typed: "--zone 65536", reason: "expected a zone" },
    { typed: "--zone 1 --zone-orig 2", reason: "cannot be used together" },
    { typed: "--ctevents wrong", reason: "expected conntrack events" },
  ],
  olderListings: [{ list: " CTzone 1", as: "--zone 1" }],
  unread: [" CT zone x"],
};
