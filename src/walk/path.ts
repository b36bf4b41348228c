import { conntrackProtocol } from "../conntrack/entry.ts";
import { tupleText } from "../conntrack/tuple.ts";
import { isLocalAddress, isLoopback6, routeInput } from "../host/routing.ts";
import { addressText, sameWords, type Words } from "../net/address.ts";
import { TCP, UDP } from "../net/protocol.ts";
import type { Hook } from "../predicate/effect.ts";
import { ABSENT, addressOf } from "../predicate/frame.ts";
import { routeLocal, runHook } from "./hook.ts";
import { findSocket } from "./leaves/socket.ts";
import { FORWARD, INPUT, OUTPUT, POSTROUTING, PREROUTING, type Run } from "./run/run.ts";
import type { Headers, Listener } from "./run/walk.ts";
import { cameBy } from "./switched.ts";
import { confirm } from "./tracking/track.ts";

/**
 * Takes one packet all the way, over loopback if it comes to that; sets `run.fate`. semantics.md, section 0:
 *
 * ```text
 *  socket ─▶ route ─▶ OUTPUT ─▶ POSTROUTING ─▶ device          lo: PREROUTING ─▶ INPUT ─▶ socket
 *  device ─▶ PREROUTING ─▶ route ─┬▶ INPUT ─▶ socket
 *                                 └▶ FORWARD ─▶ POSTROUTING ─▶ device
 * ```
 */
export function takePath(run: Run): void {
  const { packet } = run;
  if (packet.in === null) sendLocal(run);
  else receive(run, packet.in);
}

const unroutable = (run: Run, reason: string, hook: Hook): void => {
  run.fate = { kind: "unroutable", reason, hook };
};

/** Kernel: ip_queue_xmit / udp_sendmsg, __ip_local_out, ip_output. Rules R2, D5, L1. */
function sendLocal(run: Run): void {
  const { packet, host, frame, family } = run;
  if (packet.src !== null && !packet.transparent && !isLocalAddress(host, family, packet.src))
    return unroutable(run, "the source is not an address of this host", "OUTPUT");
  const route = routeLocal(run, packet.src);
  let device: string;
  if (packet.out !== null) {
    device = packet.out;
    const source = packet.src ?? (route.kind === "out" ? route.source : undefined);
    if (source === undefined) return unroutable(run, "no source address", "OUTPUT");
    setSource(run, source);
    if (route.kind === "out") run.nextHop = route.nextHop;
  } else if (route.kind === "none") {
    run.observer?.({ kind: "route", text: route.reason });
    return unroutable(run, route.reason, "OUTPUT");
  } else {
    device = route.device;
    run.nextHop = route.nextHop;
    setSource(run, route.source);
  }
  run.observer?.({
    kind: "route",
    text: `out ${device}, source ${addressText(family, addressOf(frame, "src"))}${packet.src === null ? " (chosen by the route)" : ""}`,
  });
  // `-o` stays what the first decision gave, in every table of OUTPUT, also after a reroute (R5).
  frame.outDevice = device;
  run.outRoute = device;
  if (!runHook(run, OUTPUT)) return;
  frame.outDevice = run.outRoute;
  leave(run, run.outRoute, false);
}

function setSource(run: Run, source: Words): void {
  const { frame } = run;
  const [s0, s1, s2, s3] = source;
  run.source = source;
  frame.s0 = s0;
  frame.s1 = s1;
  frame.s2 = s2;
  frame.s3 = s3;
}

/** POSTROUTING and the device; over lo the packet comes in again at once, with its entry and mark (L4). */
function leave(run: Run, device: string, forwarded: boolean): void {
  const { frame } = run;
  if (!runHook(run, POSTROUTING) || !confirm(run)) return;
  if (device !== "lo" || forwarded) {
    send(run, device, forwarded);
    return;
  }
  frame.outDevice = "";
  frame.uid = ABSENT;
  frame.gid = ABSENT;
  frame.groups = [];
  frame.socket = 0;
  // The zone is fixed by the entry that the packet carries; CT rules of raw PREROUTING do nothing (L4).
  run.zone = null;
  receive(run, "lo");
}

/** Kernel: ip_rcv, ip_rcv_finish. Rules R1, X1 to X5, A1, B3, D3. */
function receive(run: Run, device: string): void {
  const { frame, family, host, packet } = run;
  frame.inDevice = device;
  const overLo = device === "lo" && packet.in === null;
  const onLo = device === "lo";
  if (frame.v6 && !onLo && (isLoopback6(addressOf(frame, "src")) || isLoopback6(addressOf(frame, "dst"))))
    return unroutable(run, "::1 on a device other than lo", "PREROUTING");
  const dialled = addressOf(frame, "dst");
  const switched = !overLo && packet.physOut !== "";
  if (switched && !host.sysctl.bridgeCalls(frame.v6)) {
    frame.physOut = packet.physOut;
    return send(run, device, true);
  }
  frame.physIn = cameBy(run, device);
  if (!runHook(run, PREROUTING)) return;
  const destination = addressOf(frame, "dst");
  const translated = !sameWords(dialled, destination);
  if (switched && !translated) return switchOn(run, device, packet.physOut);
  if (overLo && !translated) return deliver(run);
  if (packet.out !== null && packet.in !== null) return forward(run, packet.out, destination);
  const way =
    host.anonymous && !translated
      ? ({ kind: "local" } as const)
      : routeInput(host, family, {
          destination,
          source: addressOf(frame, "src"),
          mark: frame.mark,
          inDevice: device,
          outDevice: "",
        });
  if (way.kind === "none") {
    run.observer?.({ kind: "route", text: way.reason });
    return unroutable(run, way.reason, "PREROUTING");
  }
  if (way.kind === "local") return deliver(run);
  if (switched && way.device === device) return switchOn(run, device, null);
  if (run.assigned !== null)
    return unroutable(run, "TPROXY assigned a socket, but routing would forward the packet", "PREROUTING");
  forward(run, way.device, way.nextHop);
}

function send(run: Run, out: string, forwarded: boolean): void {
  const { physOut } = run.frame;
  run.fate = { kind: "sent", out, ...(physOut && { physOut }), forwarded, ...headers(run) };
}

/**
 * A frame that the bridge passes on: no routing, no hop less (U4). `port` is null where its destination was translated: then
 * the bridge looks for another one.
 *
 * Kernel: br_nf_pre_routing_finish, br_nf_forward, br_nf_post_routing.
 */
function switchOn(run: Run, device: string, port: string | null): void {
  const { frame } = run;
  frame.physOut = port;
  frame.outDevice = device;
  run.nextHop = addressOf(frame, "dst");
  run.observer?.({ kind: "route", text: `switched by ${device}${port === null ? "" : ` to its port ${port}`}` });
  if (!runHook(run, FORWARD)) return;
  frame.inDevice = "";
  leave(run, device, true);
}

/** Kernel: ip_forward. F1, D1. */
function forward(run: Run, device: string, nextHop: Words): void {
  const { frame } = run;
  if (frame.ttl <= 1) return unroutable(run, "time to live exceeded", "PREROUTING");
  frame.ttl--;
  frame.outDevice = device;
  run.nextHop = nextHop;
  run.observer?.({ kind: "route", text: `forwarded out ${device}` });
  if (runHook(run, FORWARD)) leave(run, device, true);
}

/** Kernel: ip_local_deliver. */
function deliver(run: Run): void {
  run.frame.outDevice = "";
  run.observer?.({ kind: "route", text: "for this host" });
  if (!runHook(run, INPUT) || !confirm(run)) return;
  run.fate = { kind: "delivered", in: run.frame.inDevice, ...headers(run), socket: listener(run) };
}

function headers({ frame, family, quoted }: Run): Headers {
  const src = addressText(family, addressOf(frame, "src"));
  const dst = addressText(family, addressOf(frame, "dst"));
  const mark = frame.mark >>> 0;
  const inside = quoted === null ? {} : { quoted: { proto: conntrackProtocol(quoted.proto), ...tupleText(quoted) } };
  if (frame.dport < 0) return { src, dst, mark, ...inside };
  return { src, sport: frame.sport, dst, dport: frame.dport, mark };
}

/** Who gets the packet; without a list of sockets everybody who is asked for listens. */
function listener(run: Run): Listener | null {
  const { frame, host, family } = run;
  if (run.assigned !== null) return run.assigned;
  if (frame.dport < 0) return null;
  if (host.sockets !== null && (frame.proto === TCP || frame.proto === UDP) && !frame.isReply) {
    if (findSocket(host.sockets, frame) === undefined) return null;
  }
  return { address: addressText(family, addressOf(frame, "dst")), port: frame.dport };
}
