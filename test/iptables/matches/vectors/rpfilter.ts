import { condition, type LeadsBack } from "../../../../src/predicate/predicate.ts";
import type { MatchVectors } from "../harness.ts";

const leadsBack = (more: Partial<LeadsBack> = {}): LeadsBack => ({
  kind: "leadsBack",
  loose: false,
  validMark: false,
  acceptLocal: false,
  negated: false,
  ...more,
});

export const vectors: MatchVectors = {
  rules: [
    {
      typed: "--invert --loose",
      save: "--loose --invert",
      list: " rpfilter loose invert",
      means: [condition("-m rpfilter --loose --invert", leadsBack({ loose: true, negated: true }))],
    },
    { typed: "", list: " rpfilter", means: [condition("-m rpfilter", leadsBack())] },
    {
      typed: "--accept-local --validmark",
      save: "--validmark --accept-local",
      list: " rpfilter validmark accept-local",
      means: [condition("-m rpfilter --validmark --accept-local", leadsBack({ validMark: true, acceptLocal: true }))],
    },
  ],
};
