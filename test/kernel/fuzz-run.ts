import { isOpening, resolve } from "./fuzz-conversation.ts";
import type { Plan } from "./fuzz-plan.ts";
import type { Lab } from "./lab.ts";
import { runSteps } from "./lab-session.ts";
import type { LabPacket, Observed, Sent, Session } from "./lab-types.ts";

/** A session as it ran: the packets that were sent in the end, and what the kernel did with each. */
export interface Played {
  readonly plan: Plan;
  readonly session: Session;
  readonly observed: readonly Observed[];
}

/** A packet with the numbers that the kernel gave it, if it was seen at its end. */
function withChosen({ packet, end }: Sent): LabPacket {
  const { seq, window } = end ?? {};
  if (!isOpening(packet) || seq === undefined || window === undefined) return packet;
  return { ...packet, chosen: { seq, window } };
}

/** Runs the session of a plan on the live kernel. */
export async function play(lab: Lab, plan: Plan): Promise<Played> {
  const { seed: _, flavour: __, sendings, ...setting } = plan;
  const sent = await runSteps(lab, setting, (before) => {
    const sending = sendings[before.length];
    return sending && resolve(sending, before, plan.family);
  });
  const packets = sent.map(withChosen);
  return { plan, session: { ...setting, packets }, observed: sent.map(({ observed }) => observed) };
}
