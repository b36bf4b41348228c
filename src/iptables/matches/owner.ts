import { type Condition, condition, has, inRange } from "../../predicate/predicate.ts";
import { readNumber } from "../../text/number.ts";
import type { ReadContext } from "../extension/context.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { bang, flag, type Given, option, type Range, rangeText, type ValueType } from "../extension/value.ts";

/**
 * `-m owner [!] --uid-owner id[-id] [!] --gid-owner id[-id] [--suppl-groups] [!] --socket-exists`: who owns the socket
 * that the packet belongs to.
 *
 * Kernel: net/netfilter/xt_owner.c, owner_mt. A packet without a socket matches iff every option is negated (O1).
 */
export interface OwnerMatch {
  readonly kind: "owner";
  /** Present for `--socket-exists`. */
  readonly socket?: { readonly negated: boolean };
  readonly uid?: Given<Range>;
  readonly gid?: Given<Range>;
  /** The group may also be a supplementary one. */
  readonly supplementary: boolean;
}

/** Ids end before 2³² - 1, which is "nobody" for the kernel. */
const MAX_ID = 0xfffffffe;

const ids = (of: "user" | "group"): ValueType<Range> => ({
  expected: `a ${of} id, a range of ids as low-high, or the name of a known ${of}`,
  read(word, context: ReadContext) {
    const named = context.names[of](word);
    if (named !== undefined) return { low: named, high: named };
    const [first = "", second] = word.split("-", 2);
    const low = readNumber(first, MAX_ID);
    const high = second === undefined ? low : readNumber(second, MAX_ID);
    return low === undefined || high === undefined || low > high ? undefined : { low, high };
  },
  mayBeName: (word) => /^[a-z_][a-z0-9_.-]*\$?$/i.test(word),
});

const USER = ids("user");
const GROUP = ids("group");

const uidWords = ({ value }: Given<Range>): string => `--uid-owner ${rangeText(value, "-")}`;
const gidWords = ({ value }: Given<Range>): string => `--gid-owner ${rangeText(value, "-")}`;
const SOCKET = "--socket-exists";
const SUPPLEMENTARY = "--suppl-groups";

const listed = ({ value, negated }: Given<Range>, label: string, name: (id: number) => string | undefined): string => {
  const shown = (value.low === value.high ? name(value.low) : undefined) ?? rangeText(value, "-");
  return `${bang(negated)} owner ${label} match ${shown}`;
};

export const owner: MatchExtension<OwnerMatch> = defineMatch<OwnerMatch>()({
  kind: "owner",
  summary: "user and group of the packet's socket",
  hooks: ["OUTPUT", "POSTROUTING"],
  options: {
    uid: option("uid-owner", USER, { negatable: true }),
    gid: option("gid-owner", GROUP, { negatable: true }),
    supplementary: flag("suppl-groups"),
    socket: flag("socket-exists", { negatable: true }),
  },
  fromSave({ uid, gid, supplementary, socket }, context) {
    if (!uid && !gid && !socket)
      context.fail("owner: expected at least one of --uid-owner, --gid-owner, --socket-exists");
    if (supplementary && !gid) context.fail("owner: expected --gid-owner with --suppl-groups");
    return {
      kind: "owner",
      ...(socket && { socket: { negated: socket.negated } }),
      ...(uid && { uid }),
      ...(gid && { gid }),
      supplementary: supplementary !== undefined,
    };
  },
  toSave: ({ socket, uid, gid, supplementary }) =>
    (socket ? `${bang(socket.negated)} ${SOCKET}` : "") +
    (uid ? `${bang(uid.negated)} ${uidWords(uid)}` : "") +
    (gid ? `${bang(gid.negated)} ${gidWords(gid)}` : "") +
    (supplementary ? ` ${SUPPLEMENTARY}` : ""),
  fromList(reader, context) {
    const socket = reader.take(/(! )?owner socket exists(?=\s|$)/y);
    const uid = reader.take(/(! )?owner UID match (\S+)/y);
    const gid = reader.take(/(! )?owner GID match (\S+)/y);
    const users = uid && USER.read(uid[2]!, context);
    const groups = gid && GROUP.read(gid[2]!, context);
    if ((!socket && !uid && !gid) || users === undefined || groups === undefined) return undefined;
    return {
      kind: "owner",
      ...(socket && { socket: { negated: socket[1] !== undefined } }),
      ...(users && { uid: { value: users, negated: uid?.[1] !== undefined } }),
      ...(groups && { gid: { value: groups, negated: gid?.[1] !== undefined } }),
      supplementary: groups !== null && reader.take(/incl\. suppl\. groups(?=\s|$)/y) !== null,
    };
  },
  toList({ socket, uid, gid, supplementary }, { numeric, names }) {
    const user = (id: number) => (numeric ? undefined : names.userName(id));
    const group = (id: number) => (numeric ? undefined : names.groupName(id));
    return (
      (socket ? `${bang(socket.negated)} owner socket exists` : "") +
      (uid ? listed(uid, "UID", user) : "") +
      (gid ? listed(gid, "GID", group) : "") +
      (supplementary ? " incl. suppl. groups" : "")
    );
  },
  meaning({ socket, uid, gid, supplementary }) {
    const of: Condition[] = [];
    if (socket) of.push(condition(SOCKET, has("socket", socket.negated), socket.negated));
    // An absent owner answers each of these with its negation, so that all of them hold iff all are negated.
    if (uid) {
      const { value, negated } = uid;
      of.push(condition(uidWords(uid), inRange("uid", value.low, value.high, negated), negated));
    }
    if (gid) {
      const { value, negated } = gid;
      const { low, high } = value;
      const test = supplementary
        ? ({ kind: "group", low, high, negated } as const)
        : inRange("gid", low, high, negated);
      of.push(condition(gidWords(gid), test, negated));
      // The kernel counts --suppl-groups among the options that must be negated and cannot be.
      if (supplementary && negated) of.push(condition(SUPPLEMENTARY, has("socket")));
    }
    return of;
  },
});
