import { DST_NAT_DONE, type Entry, SRC_NAT_DONE } from "../../conntrack/entry.ts";
import { destinationWords, invert, sameTuple, sourceWords } from "../../conntrack/tuple.ts";
import { isConfigured, isLoopback6, redirectAddress, sourceOn } from "../../host/routing.ts";
import type { Prefix, Words } from "../../net/address.ts";
import type { NatEffect } from "../../predicate/effect.ts";
import { DST_NAT, SRC_NAT } from "../../predicate/frame.ts";
import { OUTPUT, type Run } from "../run/run.ts";
import { type Manip, manipOf } from "./manip.ts";
import { type Choice, uniqueTuple } from "./unique-tuple.ts";

const doneBit = (manip: Manip): number => (manip === "source" ? SRC_NAT_DONE : DST_NAT_DONE);

export const isDecided = (entry: Entry, manip: Manip): boolean => (entry.status & doneBit(manip)) !== 0;

/** A choice of one address, or of none (null: the address is kept). */
const oneAddress = (words: Words | null, effect: NatEffect | null): Choice => ({
  low: words,
  high: words,
  ports: effect?.ports ?? null,
  random: effect?.random ?? false,
  persistent: effect?.persistent ?? false,
});

/**
 * Sets up the mapping that a NAT target asks for. False: there is no address to map to, the packet is dropped (N10).
 */
export function mapByTarget(run: Run, entry: Entry, effect: NatEffect): boolean {
  const manip = effect.manip === "hook" ? manipOf(run.hook) : effect.manip;
  const { frame, host, family } = run;
  const { address } = effect;
  switch (address.kind) {
    case "keep":
      setUp(run, entry, manip, oneAddress(null, effect));
      return true;
    case "range":
      setUp(run, entry, manip, { ...oneAddress(address.low, effect), high: address.high });
      return true;
    case "redirect": {
      const words =
        run.hook === OUTPUT
          ? LOOPBACK[family]
          : redirectAddress(host.devices.get(frame.inDevice), family, destinationWords(frame));
      if (words === undefined) return false;
      setUp(run, entry, manip, oneAddress(words, effect));
      return true;
    }
    case "masquerade": {
      const words = masqueradeAddress(run);
      if (words === undefined) return false;
      entry.masqueradeDevice = frame.outDevice;
      setUp(run, entry, manip, oneAddress(words, effect));
      return true;
    }
    case "netmap": {
      const tuple = invert(entry.reply);
      const old = manip === "source" ? sourceWords(tuple) : destinationWords(tuple);
      setUp(run, entry, manip, oneAddress(mapInto(address.prefix, old), effect));
      return true;
    }
  }
}

const LOOPBACK: Readonly<Record<"ipv4" | "ipv6", Words>> = { ipv4: [0, 0, 0, 0x7f000001], ipv6: [0, 0, 0, 1] };

const mapInto = ({ address, mask }: Prefix, old: Words): Words => [
  address[0] | (old[0] & ~mask[0]),
  address[1] | (old[1] & ~mask[1]),
  address[2] | (old[2] & ~mask[2]),
  address[3] | (old[3] & ~mask[3]),
];

/** N18; B2 and D10 for lo and for IPv6, which looks at the destination and not at the next hop. */
function masqueradeAddress(run: Run): Words | undefined {
  const { host, family, frame } = run;
  const device = host.devices.get(frame.outDevice);
  if (family === "ipv4") return sourceOn(host, family, device, run.nextHop);
  const destination = destinationWords(frame);
  if (isLoopback6(destination) || isConfigured(host, family, destination)) return destination;
  return sourceOn(host, family, device, destination);
}

/** No target mapped the connection: it keeps its tuple, but for a source port that is in use already (N4, N7). */
export function mapNothing(run: Run, entry: Entry, manip: Manip): void {
  const words = manip === "source" ? destinationWords(entry.reply) : sourceWords(entry.reply);
  setUp(run, entry, manip, oneAddress(words, null));
}

/** Kernel: nf_nat_setup_info. */
function setUp(run: Run, entry: Entry, manip: Manip, choice: Choice): void {
  const current = invert(entry.reply);
  const chosen = uniqueTuple(run, entry, current, manip, choice);
  if (!sameTuple(current, chosen)) {
    entry.reply = invert(chosen);
    // B4: the status says that something changed, not that a target was hit.
    entry.status |= manip === "source" ? SRC_NAT : DST_NAT;
  }
  entry.status |= doneBit(manip);
}
