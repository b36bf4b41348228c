import { holding, listOf, type Shape, text, thatIs, uint32, whole } from "../text/shape.ts";

// What `ip -j` prints, as far as it is read; it prints more, and other releases print other things.

const length: Shape = whole(0, 128);
const name: Shape = text("a name");
const nameOrNumber: Shape = thatIs(
  "a name or number",
  (value) => (typeof value === "string" && value !== "") || Number.isInteger(value),
);
const device: Shape = text("the name of a device");
const prefix: Shape = text("a prefix");
const address: Shape = text("an address");

const LINK: Shape = holding({ ifname: device, master: device, addr_info: listOf(holding({})), linkinfo: holding({}) });
const OWN_ADDRESS: Shape = holding({ local: address, prefixlen: length }, ["prefixlen"]);

/** One element of `ip -j addr`. */
export const PRINTED_INTERFACE: Shape = (value, where) => {
  LINK(value, where);
  const infos = (value as { readonly addr_info?: readonly { readonly local?: unknown }[] | null }).addr_info ?? [];
  for (const [at, info] of infos.entries())
    if (info.local !== undefined) OWN_ADDRESS(info, `${where}.addr_info[${at}]`);
};

const NEXT_HOP = { gateway: address, dev: device };

/** One element of `ip -j route`. */
export const PRINTED_ROUTE: Shape = holding({
  ...NEXT_HOP,
  dst: prefix,
  type: name,
  table: nameOrNumber,
  metric: uint32,
  prefsrc: address,
  src: address,
  via: thatIs("a next hop", (value) => typeof value === "string" || typeof value === "object"),
  nexthops: listOf(holding(NEXT_HOP)),
});

/** One element of `ip -j rule`. */
export const PRINTED_RULE: Shape = holding({
  priority: uint32,
  src: prefix,
  srclen: length,
  dst: prefix,
  dstlen: length,
  fwmark: nameOrNumber,
  fwmask: nameOrNumber,
  table: nameOrNumber,
  iif: device,
  oif: device,
  suppress_prefixlength: whole(-1, 128),
});
