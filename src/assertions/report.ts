import { explain } from "../explain/explain.ts";
import { fateText } from "../explain/summary.ts";
import { explanationText } from "../explain/text.ts";
import type { Walk } from "../walk/run/walk.ts";
import { decisionText } from "./decided.ts";
import { type Expectation, expectationText, meets } from "./expectation.ts";
import { flowWords, type InNetns, type Looked, lookAt } from "./subject.ts";

/** What a matcher answers; `message` is made only when somebody reads it. */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/** Every rule that matched, one a line: what is left to show of a walk whose packet is not known. */
const stepsText = ({ steps }: Walk): string =>
  steps
    .map((step) =>
      "rule" in step
        ? `  ${step.hook}  ${step.table} ${step.chain} ${step.rule}${step.target === null ? "" : ` -> ${step.target}`}`
        : `  ${step.hook}  ${step.table} ${step.chain} policy ${step.policy}`,
    )
    .join("\n");

/** The explanation of a walk: in full where its packet and namespace are known. */
export function lookedText({ walk, flow }: Looked): string {
  if (flow === null) return `${decisionText(walk)}\n${stepsText(walk)}`;
  const { netns, packet, observer: _, ...options } = flow;
  return explanationText(explain(netns, packet, options)).trimEnd();
}

const subjectText = ({ flow }: Looked): string => (flow === null ? "the packet" : flowWords(flow));

/** Holds a walk against what is expected of it. */
export function judge(looked: Looked, expected: Expectation): Verdict {
  const { walk } = looked;
  const pass = meets(walk, expected);
  return {
    pass,
    message: () => {
      const wanted = `expected ${subjectText(looked)} ${pass ? "not " : ""}to ${expectationText(expected)}`;
      return `${wanted}\nbut it is ${fateText(walk.fate)}, ${decisionText(walk)}\n\n${lookedText(looked)}`;
    },
  };
}

/** {@link judge} for whatever a test hands over. */
export const judgeSubject = (subject: unknown, expected: Expectation, options?: InNetns): Verdict =>
  judge(lookAt(subject, options), expected);
