import { leadsBack } from "../../host/reverse-path.ts";
import { addressTypes } from "../../host/routing.ts";
import { describeSet } from "../../host/sets/describe.ts";
import { type Asked, type Asker, askedBy, type Test } from "../../predicate/compile.ts";
import type { Teller } from "../../predicate/describe.ts";
import { addressOf, type Frame } from "../../predicate/frame.ts";
import type {
  AddressTypes,
  FindsSocket,
  HostLeaf,
  LeadsBack,
  Protected,
  Remembered,
} from "../../predicate/predicate.ts";
import type { Question } from "../../predicate/question.ts";
import { runOf } from "../run/run.ts";
import { stepOf } from "./memory.ts";
import { setTest } from "./sets.ts";
import { findsSocket } from "./socket.ts";

/** Tests of leaves that are about more than the packet; see LeafTests in predicate/compile.ts. */
export const leafTests: {
  memory(leaf: Remembered, slot: string, asker: Asker): Test;
  socket(leaf: FindsSocket, asker: Asker): Test;
  host(leaf: HostLeaf, asker: Asker): Test;
} = {
  memory({ memory, negated }, slot, asker) {
    if (memory.memory === "set") return setTest(memory.lookup, negated, asker);
    const step = stepOf(memory);
    return (frame) => step(runOf(frame), slot, frame) !== negated;
  },
  socket(leaf, asker) {
    const question = unsaid(
      "socket",
      "socket",
      askedBy(asker, leaf.negated),
      "which sockets there are is not said (set sockets)",
    );
    return (frame) => findsSocket(runOf(frame), frame, leaf, question) !== leaf.negated;
  },
  host(leaf, asker) {
    switch (leaf.kind) {
      case "addressTypes":
        return (frame) => hasTypes(leaf, frame) !== leaf.negated;
      case "leadsBack":
        return leadsBackTest(leaf, asker);
      case "inSet":
        return setTest(leaf.lookup, leaf.negated, asker);
      case "protected":
        return protectedTest(leaf, asker);
    }
  },
};

/** A question about a fact that the input could state. */
const unsaid = (subject: string, key: string, asked: Asked, reason: string): Question => ({
  why: "unsaid",
  fact: { kind: "fact", key },
  subject,
  ...asked,
  reason,
});

/** The kinds of an address as the host sees it, as bits of ADDRESS_TYPES. */
function typesOf({ field, limit }: AddressTypes, frame: Frame): number {
  const device = limit === undefined ? undefined : limit === "in" ? frame.inDevice : frame.outDevice;
  const { host, family } = runOf(frame);
  return addressTypes(host, family, addressOf(frame, field), device);
}

/** IPv6 asks for every kind that is listed, IPv4 for one of them (A4). */
function hasTypes(leaf: AddressTypes, frame: Frame): boolean {
  const found = typesOf(leaf, frame) & leaf.types;
  return frame.v6 ? found === leaf.types : found !== 0;
}

/** Over lo every packet is in its place, whatever else there is. */
function leadsBackTest(leaf: LeadsBack, asker: Asker): Test {
  const key = `rpfilter ${leaf.loose} ${leaf.validMark} ${leaf.acceptLocal}`;
  const question = unsaid(
    "routes",
    key,
    askedBy(asker, leaf.negated),
    "which interfaces and routes there are is not said (set interfaces)",
  );
  return (frame) => {
    const run = runOf(frame);
    if (run.host.anonymous && frame.inDevice !== "lo") return run.ask(question, frame) !== leaf.negated;
    const { v6, mark, inDevice } = frame;
    const [source, destination] = [addressOf(frame, "src"), addressOf(frame, "dst")];
    return leadsBack(run.host, { v6, source, destination, mark, inDevice }, leaf) !== leaf.negated;
  };
}

/** Without IPsec `--pol none` holds and nothing else does (U1). Kernel: net/netfilter/xt_policy.c, policy_mt. */
function protectedTest({ direction, negated }: Protected, asker: Asker): Test {
  const reason = 'whether IPsec protects the packet is not said (set xfrm to "none" where it protects none)';
  const question = unsaid(`xfrm ${direction}`, `xfrm ${direction}`, askedBy(asker, negated), reason);
  return (frame) => {
    const run = runOf(frame);
    return (!run.host.withoutXfrm && run.ask(question, frame)) !== negated;
  };
}

/** What explanations may ask of a walk's surroundings. */
export const teller: Teller = {
  addressTypes: typesOf,
  set(lookup, frame) {
    const run = runOf(frame);
    return run.sets === null ? undefined : describeSet(run.sets, frame, run.now, lookup);
  },
};
