import type { Prefix, Words } from "../net/address.ts";
import type { EntryAddressField, EntryNumberField } from "./field.ts";
import type { EntryView, Frame } from "./frame.ts";

/** A number of the entry of this packet. */
export function entryNumber(frame: Frame, entry: EntryView, field: EntryNumberField): number {
  switch (field) {
    case "connmark":
      return entry.mark;
    case "ctproto":
      return entry.original.proto;
    case "ctstatus":
      return entry.status;
    case "ctdir":
      return frame.isReply ? 1 : 0;
    case "ctexpire":
      return Math.max(0, Math.floor(entry.expires - frame.run.now));
    case "ctorigsrcport":
      return entry.original.sport;
    case "ctorigdstport":
      return entry.original.dport;
    case "ctreplsrcport":
      return entry.reply.sport;
    case "ctrepldstport":
      return entry.reply.dport;
  }
}

export function entryAddressIn(entry: EntryView, field: EntryAddressField, { address, mask }: Prefix): boolean {
  const words = entryAddress(entry, field);
  for (let at = 0; at < 4; at++) if ((words[at]! & mask[at]!) !== address[at]) return false;
  return true;
}

/** An address of the entry, as words. */
export function entryAddress(entry: EntryView, field: EntryAddressField): Words {
  const tuple = field === "ctorigsrc" || field === "ctorigdst" ? entry.original : entry.reply;
  return field.endsWith("src") ? [tuple.s0, tuple.s1, tuple.s2, tuple.s3] : [tuple.d0, tuple.d1, tuple.d2, tuple.d3];
}
