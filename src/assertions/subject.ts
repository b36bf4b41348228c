import { packetWords } from "../explain/packet-words.ts";
import type { PacketSpec } from "../net/packet-spec.ts";
import { readPacketWords } from "../net/packet-words.ts";
import type { Netns } from "../netns/netns.ts";
import { send } from "../walk/outcomes.ts";
import type { Walk } from "../walk/run/walk.ts";
import type { SendOptions } from "../walk/send.ts";

/** A packet and the namespace that it is sent in; assertions send it themselves. */
export interface Flow extends SendOptions {
  readonly netns: Netns;
  readonly packet: PacketSpec | string;
}

/** What an assertion speaks of: a walk, a packet in a namespace, or a packet alone where the namespace is an option. */
export type Subject = Walk | Flow | PacketSpec | string;

/** The namespace of a subject that is only a packet. */
export interface InNetns {
  readonly netns?: Netns;
}

/** A walk, and where it is known the packet that took it. */
export interface Looked {
  readonly walk: Walk;
  readonly flow: Flow | null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isWalk = (value: unknown): value is Walk => isObject(value) && "fate" in value && "steps" in value;

export const isFlow = (value: unknown): value is Flow => isObject(value) && "netns" in value && "packet" in value;

export const isNetns = (value: unknown): value is Netns =>
  isObject(value) && "rulesets" in value && "host" in value && "conntrack" in value;

const isPacket = (value: unknown): value is PacketSpec | string =>
  typeof value === "string" || (isObject(value) && "dst" in value && "proto" in value);

/**
 * The walk that a subject is or takes.
 *
 * @throws TypeError for something that is none of them, or a packet without a namespace
 */
export function lookAt(subject: unknown, { netns }: InNetns = {}): Looked {
  if (isWalk(subject)) return { walk: subject, flow: null };
  if (isFlow(subject)) return sent(subject);
  if (!isPacket(subject))
    throw new TypeError(`expected a walk, { netns, packet } or a packet, got ${JSON.stringify(subject) ?? subject}`);
  if (netns === undefined)
    throw new TypeError("a packet alone needs its namespace: expect({ netns, packet }), or the option netns");
  return sent({ netns, packet: subject });
}

function sent(flow: Flow): Looked {
  const { netns, packet, ...options } = flow;
  return { walk: send(netns, packet, options).walk, flow };
}

/** The packet of a flow, written in one way whether it was given as words or as an object. */
export const flowWords = ({ packet }: Pick<Flow, "packet">): string =>
  packetWords(typeof packet === "string" ? readPacketWords(packet) : packet);
