import { addressBits, type Family } from "../../net/address.ts";
import type { SetDirection } from "../../predicate/memory.ts";
import { type Element, type IpSet, isExpired, type Part } from "./ip-set.ts";
import { bucketKey, bucketOf, elementsOf, findSame, isHardwareOpen, lengthsOf, put, remove } from "./members.ts";
import { cutTo, packetParts } from "./packet-parts.ts";
import { type Asking, fits, keep } from "./test.ts";

/** What `-j SET --add-set` says of the new element. */
export interface Adding {
  /** An element that is there is made anew. */
  readonly exist: boolean;
  /** Seconds, 0 for ever; undefined: the set's own. */
  readonly timeout?: number;
}

/**
 * How a change went; open: a hardware address decides that the packet does not say, or chance, which element goes
 * for the new one (`forceadd`).
 */
export type Changed = "done" | "refused" | "open";

/**
 * The packet's element. A network has the greatest length that the set has already, and that of an address in an empty
 * one. Kernel: INIT_CIDR in the functions …_kadt.
 */
function elementParts(asking: Asking, set: IpSet, directions: readonly SetDirection[]): readonly Part[] | undefined {
  const parts = packetParts(set, asking.frame, directions);
  const family: Family = asking.frame.v6 ? "ipv6" : "ipv4";
  return parts?.map((part, at) =>
    set.type.parts[at] === "net" ? cutTo(part, lengthsOf(set.members, at)[0] ?? addressBits(family), family) : part,
  );
}

/** The sets that a change of this one may go to: itself, or the members of a list, one after another. */
function* targets(asking: Asking, name: string, directions: readonly SetDirection[]): Generator<IpSet> {
  const set = asking.sets.get(name);
  if (set === undefined || !fits(set, asking.frame, directions)) return;
  if (set.type.method !== "list") {
    yield set;
    return;
  }
  for (const element of elementsOf(set.members)) {
    const [part] = element.parts;
    const inner = part?.kind === "set" && !isExpired(element, asking.now) ? asking.sets.get(part.name) : undefined;
    if (inner !== undefined && fits(inner, asking.frame, directions)) yield inner;
  }
}

/** Adds the packet to a set, or to the first member of a list that takes it. Kernel: ip_set_add, mtype_add. */
export function addPacket(asking: Asking, name: string, directions: readonly SetDirection[], adding: Adding): Changed {
  for (const set of targets(asking, name, directions)) {
    const changed = addTo(asking, set, directions, adding);
    if (changed !== "refused") return changed;
  }
  return "refused";
}

function addTo(asking: Asking, set: IpSet, directions: readonly SetDirection[], { exist, timeout }: Adding): Changed {
  const parts = elementParts(asking, set, directions);
  if (parts === undefined) return "refused";
  if (dependsOnHardware(set, parts)) return "open";
  const { settings } = set;
  const known = findSame(set.members, parts);
  if (known !== undefined && !exist && !isExpired(known, asking.now)) return "refused";
  const seconds = settings.timeout === null ? 0 : (timeout ?? settings.timeout);
  const element: Element = {
    parts,
    expires: seconds === 0 ? null : asking.now + seconds,
    nomatch: false,
    packets: settings.counters ? 1n : 0n,
    bytes: settings.counters ? BigInt(asking.frame.length) : 0n,
    info: null,
    // The one extension that an element which is made anew keeps.
    comment: known?.comment ?? null,
  };
  let { members } = set;
  if (known === undefined && members.size >= settings.maxelem) {
    for (const one of elementsOf(members)) if (isExpired(one, asking.now)) members = remove(members, one);
    if (members.size >= settings.maxelem) return settings.forceadd ? "open" : "refused";
  }
  keep(asking, { ...set, members: put(members, element, known) });
  return "done";
}

/** Which of the elements is the packet's, if any, is told by its hardware address alone. */
const dependsOnHardware = (set: IpSet, parts: readonly Part[]): boolean =>
  bucketOf(set.members, bucketKey(parts)).some((element) => isHardwareOpen(element, parts));

/** Takes the packet out of a set, or out of the first member of a list that has it. Kernel: ip_set_del, mtype_del. */
export function deletePacket(asking: Asking, name: string, directions: readonly SetDirection[]): Changed {
  for (const set of targets(asking, name, directions)) {
    const parts = elementParts(asking, set, directions);
    if (parts !== undefined && dependsOnHardware(set, parts)) return "open";
    const known = parts && findSame(set.members, parts);
    if (known === undefined || isExpired(known, asking.now)) continue;
    keep(asking, { ...set, members: remove(set.members, known) });
    return "done";
  }
  return "refused";
}
