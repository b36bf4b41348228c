import { findConnected, findListener, type Socket } from "../../host/sockets.ts";
import { addressText, sameWords, type Words } from "../../net/address.ts";
import { TCP, UDP } from "../../net/protocol.ts";
import type { TproxyEffect } from "../../predicate/effect.ts";
import { addressOf } from "../../predicate/frame.ts";
import { socketKey } from "../leaves/socket.ts";
import { changed, drop } from "../run/fates.ts";
import type { PreparedRule } from "../run/prepared.ts";
import type { Run } from "../run/run.ts";

/**
 * Assigns a transparent socket: the established one of the packet, else a listener on the port. None: the packet drops.
 *
 * Kernel: net/netfilter/xt_TPROXY.c, tproxy_tg4, tproxy_tg6_v1. P1 to P4.
 */
export function tproxy(run: Run, effect: TproxyEffect, rule: PreparedRule): void {
  const { frame, host, family } = run;
  const address = effect.address ?? firstAddress(run);
  const port = effect.port === 0 ? frame.dport : effect.port;
  const { sockets } = host;
  const found = address && sockets !== null ? transparentSocket(run, sockets, address, port) : null;
  if (address === undefined || found === undefined)
    return drop(run, rule, `no transparent socket listens at port ${port}`);
  const bound = found === null || found.wildcard ? addressOf(frame, "dst") : found.address;
  run.assigned = { address: addressText(family, bound), port: found === null ? port : found.port };
  run.assignedSocket = found;
  const before = frame.mark;
  frame.mark = (before & ~effect.mask) ^ effect.value;
  changed(run, "mark", before, frame.mark, rule);
  run.observer?.({ kind: "note", text: `TPROXY assigns the socket at port ${run.assigned.port}` });
}

const firstAddress = ({ host, frame, family }: Run): Words | undefined =>
  host.devices.get(frame.inDevice)?.[family].find((one) => family === "ipv6" || one.primary)?.words ??
  (host.anonymous ? addressOf(frame, "dst") : undefined);

function transparentSocket(
  { frame }: Run,
  sockets: readonly Socket[],
  address: Words,
  port: number,
): Socket | undefined {
  if (frame.proto !== TCP && frame.proto !== UDP) return undefined;
  const key = socketKey(frame);
  const found = findConnected(sockets, key) ?? findListener(sockets, key, { address, port });
  if (found === undefined || !found.transparent) return undefined;
  return found.wildcard || found.remote !== null || sameWords(found.address, address) ? found : undefined;
}
