import { condition, has, inRange } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--gid-owner mesh ! --uid-owner proxy",
      save: "! --uid-owner 1337 --gid-owner 2000",
      list: " ! owner UID match proxy owner GID match mesh",
      numeric: " ! owner UID match 1337 owner GID match 2000",
      means: [
        condition("--uid-owner 1337", inRange("uid", 1337, 1337, true), true),
        condition("--gid-owner 2000", inRange("gid", 2000, 2000)),
      ],
    },
    // Each option answers for itself where there is no socket, so that all hold iff all are negated (O1).
    {
      typed: "--uid-owner 1337 ! --gid-owner 1337",
      list: " owner UID match proxy ! owner GID match 1337",
      numeric: " owner UID match 1337 ! owner GID match 1337",
      means: [
        condition("--uid-owner 1337", inRange("uid", 1337, 1337)),
        condition("--gid-owner 1337", inRange("gid", 1337, 1337, true), true),
      ],
    },
    {
      typed: "--suppl-groups --gid-owner 7-9 ! --socket-exists",
      save: "! --socket-exists --gid-owner 7-9 --suppl-groups",
      list: " ! owner socket exists owner GID match 7-9 incl. suppl. groups",
      means: [
        condition("--socket-exists", has("socket", true), true),
        condition("--gid-owner 7-9", { kind: "group", low: 7, high: 9, negated: false }),
      ],
    },
    {
      typed: "--gid-owner 5 --suppl-groups",
      list: " owner GID match 5 incl. suppl. groups",
      means: [condition("--gid-owner 5", { kind: "group", low: 5, high: 5, negated: false })],
    },
    // --suppl-groups cannot be negated, so that a packet without a socket never matches with it.
    {
      typed: "! --gid-owner 5-7 --suppl-groups",
      list: " ! owner GID match 5-7 incl. suppl. groups",
      means: [
        condition("--gid-owner 5-7", { kind: "group", low: 5, high: 7, negated: true }, true),
        condition("--suppl-groups", has("socket")),
      ],
    },
  ],
  refused: [
    { typed: "", reason: /at least one/ },
    { typed: "--suppl-groups", reason: /expected/ },
    { typed: "--uid-owner 9-3", reason: /user id/ },
    { typed: "--uid-owner nobody-here", reason: /user id/ },
  ],
  unread: [" owner UID match somebody"],
};
