import type { MissingName } from "../net/missing-name.ts";
import { NAME_FIELDS, type NameField, NUMBER_FIELDS, type NumberField } from "./field.ts";
import { type RuleRef, refName } from "./rule-ref.ts";

/** Why something is open: a listing hides it, nothing said it, it is not modelled, or chance decides. */
export type OpenKind = "hidden" | "unsaid" | "unmodelled" | "chance";

/**
 * What is asked, so that whoever asks it again gets the same answer: a number or a name of the packet, or a fact by its key.
 * A draw is asked once only.
 */
export type Fact =
  | { readonly kind: "number"; readonly field: NumberField; readonly low: number; readonly high: number }
  | { readonly kind: "name"; readonly field: NameField; readonly pattern: string }
  | { readonly kind: "fact"; readonly key: string }
  | { readonly kind: "draw" };

/** Something that the input leaves open, as one rule asks it: is it so, negations of the rule aside? */
export interface Question {
  readonly why: OpenKind;
  readonly fact: Fact;
  /** The field (`in`, `out`, `uid`, …) or the name of the extension. */
  readonly subject: string;
  /** The condition that asks, as the rule spells it without a negation. */
  readonly words: string;
  /** What is asked is the opposite of what the words say. */
  readonly inverse: boolean;
  /** The rule that asks; null: the kernel itself. */
  readonly at: RuleRef | null;
  /** Why it is open, as a clause; left out where `why` and the field say it. */
  readonly reason?: string;
  /** The name whose meaning is not known, where that is what is open. */
  readonly missing?: MissingName;
}

const FIELD_WORDS: Readonly<Record<string, string>> = {
  in: "in-interface",
  out: "out-interface",
  src: "address of a host name",
  dst: "address of a host name",
};

/** What the input would have to say of a field. */
function wanted(fact: Fact, subject: string): string {
  if (fact.kind === "number") return NUMBER_FIELDS[fact.field].unsaid ?? NUMBER_FIELDS[fact.field].label;
  if (fact.kind === "name") return NAME_FIELDS[fact.field].unsaid ?? NAME_FIELDS[fact.field].label;
  return `the ${FIELD_WORDS[subject] ?? subject}`;
}

const OPTIONS: Readonly<Record<MissingName["where"], string>> = {
  users: "user",
  groups: "group",
  hosts: "host name",
  services: "service",
};

/** `unknown user istio-proxy (set names.users)`. */
const missingText = ({ name, where }: MissingName): string => `unknown ${OPTIONS[where]} ${name} (set names.${where})`;

/** Why a question is open, in a sentence that begins with its rule: `nat OUTPUT 1: the dump hides the in-interface`. */
export function questionText({ why, fact, subject, words, at, reason, missing }: Question): string {
  const where = at === null ? "" : `${refName(at)}: `;
  if (why === "hidden") return `${where}the dump hides the ${FIELD_WORDS[subject] ?? subject}`;
  if (missing !== undefined) return `${where}${words}: ${missingText(missing)}`;
  if (reason !== undefined) return at === null ? reason : `${where}${words}: ${reason}`;
  if (why === "unsaid") return `${where}${words} depends on ${wanted(fact, subject)}, which the input does not say`;
  return `${where}${words} ${why === "chance" ? "depends on chance" : "is not modelled"}`;
}
