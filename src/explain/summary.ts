import { refText } from "../predicate/rule-ref.ts";
import type { Fate, Walk } from "../walk/run/walk.ts";
import { changesOf, type DecidingRule, type Decision, pathText, translating } from "./decision.ts";
import { istioPort } from "./istio-ports.ts";
import { type Trace, tablesOf } from "./trace.ts";
import { undeterminedSummary } from "./undetermined.ts";

const endText = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** Where a packet ended, as a clause: `delivered to 127.0.0.1:15001 over lo`. */
export function fateText(fate: Fate): string {
  switch (fate.kind) {
    case "delivered": {
      const to = endText(fate.dst, fate.dport);
      const { socket } = fate;
      if (socket !== null && endText(socket.address, socket.port) !== to)
        return `delivered to the socket at ${endText(socket.address, socket.port)} (still addressed to ${to}) on ${fate.in}`;
      return `delivered to ${to} on ${fate.in}`;
    }
    case "sent":
      return `${fate.forwarded ? "forwarded" : "sent"} out of ${fate.out} to ${endText(fate.dst, fate.dport)}`;
    case "dropped":
      return `dropped by ${placeText(fate)} in ${fate.hook}`;
    case "rejected":
      return `rejected with ${fate.with} by ${placeText(fate)} in ${fate.hook}`;
    case "queued":
      return `handed to a program by ${placeText(fate)} in ${fate.hook} (NFQUEUE)`;
    case "answered":
      return `answered with ${fate.with} by ${placeText(fate)} in ${fate.hook}`;
    case "unroutable":
      return `lost in ${fate.hook}: ${fate.reason}`;
    case "undetermined":
      return "undetermined";
  }
}

const placeText = (place: {
  readonly table: string;
  readonly chain: string;
  readonly rule?: number;
  readonly policy?: string;
}): string =>
  place.rule === undefined
    ? `the policy ${place.policy} of ${place.table} ${place.chain}`
    : `${place.table} ${place.chain} rule ${place.rule}`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The port at which the packet came out: of the socket that got it, else of the packet. Undefined if it did not. */
export function landingPort({ fate }: Pick<Walk, "fate">): number | undefined {
  if (fate.kind !== "delivered") return undefined;
  return fate.socket?.port ?? fate.dport;
}

/**
 * One paragraph: where the packet ended, which rule decided, what the listener sees.
 *
 * @example
 * "Delivered to 127.0.0.1:15001 on lo, because of nat ISTIO_OUTPUT rule 9: …"
 */
export function summaryOf(walk: Walk, trace: Trace, decision: Decision): string {
  const { fate, originalDst } = walk;
  if (fate.kind === "undetermined") return undeterminedSummary(fate.because, []);
  const port = landingPort(walk);
  const meaning = port === undefined ? undefined : istioPort(port);
  const first = changesOf(trace).find((one) => one.by === "nat" && one.field === "destination");
  const was = first ? ` (it was addressed to ${first.before})` : "";
  const sentences = [`${capital(fateText(fate))}${was}${reasonText(decision, trace)}.`];
  if (port !== undefined && meaning !== undefined) sentences.push(`${port} is ${meaning}.`);
  if (fate.kind === "delivered" && fate.socket === null && fate.dport !== undefined)
    sentences.push("No socket listens there.");
  const source = translating(trace, "source");
  if (source?.kind === "rule")
    sentences.push(`Its source became ${sourceText(fate)}, because of ${ruleText(source.because)}.`);
  if (originalDst) sentences.push(`SO_ORIGINAL_DST answers ${endText(originalDst.address, originalDst.port)}.`);
  return sentences.join(" ");
}

const sourceText = (fate: Fate): string =>
  fate.kind === "delivered" || fate.kind === "sent" ? endText(fate.src, fate.sport) : "another one";

const ruleText = (rule: DecidingRule): string => `${refText(rule)} \`${rule.text}\``;

function reasonText(decision: Decision, trace: Trace): string {
  switch (decision.kind) {
    case "rule": {
      const { because, path, acting } = decision;
      const way = refText(acting) === refText(because) ? "" : `, by way of ${pathText(path)}`;
      if (decision.does === "pass")
        return `, untouched${isNat(acting.table) ? " by nat" : ""}, because of ${ruleText(because)}${way}`;
      return `, because of ${ruleText(because)}${way}`;
    }
    case "policy":
      if (decision.policy === "DROP") return "";
      return `, untouched: no rule of ${decision.table} ${decision.chain} took it, its policy is ${decision.policy}`;
    case "connection":
      return `: ${decision.reason}`;
    case "none":
      return tablesOf(trace).length === 0 ? ": no table was asked" : "";
  }
}

const isNat = (table: string): boolean => table === "nat";
