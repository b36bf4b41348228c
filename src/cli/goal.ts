import type { Goal } from "../explain/leads-to.ts";
import { objectAt, unfit, unknownName } from "../text/shape.ts";
import { Failure } from "./failure.ts";
import { readJson } from "./read-json.ts";

const FATES = ["delivered", "sent", "dropped", "rejected", "unroutable", "queued", "answered", "undetermined"];

/** What a fate may say of itself, whatever its kind. */
const MEMBERS = [
  ...["kind", "in", "out", "physOut", "src", "sport", "dst", "dport", "mark", "socket", "forwarded", "quoted"],
  ...["hook", "table", "chain", "rule", "policy", "with", "reason", "because"],
];

/** A port, the kind of a fate, or members of one as JSON. @throws Failure for what no packet could ever reach */
export function readGoal(option: string, value: string): Goal {
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
  if (FATES.includes(value)) return { kind: value };
  if (!value.trimStart().startsWith("{"))
    throw new Failure(`${option}: expected a port or one of ${FATES.join(", ")}, got "${value}"`);
  try {
    const goal = objectAt(readJson(value, option), option);
    if (Object.keys(goal).length === 0) unfit(option, 'members of a fate, such as {"kind":"sent","out":"eth1"}', goal);
    for (const member of Object.keys(goal))
      if (!MEMBERS.includes(member)) unknownName(`${option}: ${member}`, MEMBERS, member);
    if (typeof goal["kind"] === "string" && !FATES.includes(goal["kind"]))
      unknownName(`${option}: kind`, FATES, goal["kind"]);
    return goal;
  } catch (error) {
    if (error instanceof TypeError) throw new Failure(error.message);
    throw error;
  }
}
