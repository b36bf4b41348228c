import { type Range, readPort, type ValueType } from "../extension/value.ts";

/** `15001`, or `15001-15010`, as the NAT targets write ports. */
export const natPorts: ValueType<Range> = {
  expected: "a port, or a range of ports as low-high",
  read(word, context) {
    const dash = word.indexOf("-", 1);
    const low = readPort(dash < 0 ? word : word.slice(0, dash), context);
    const high = dash < 0 ? low : readPort(word.slice(dash + 1), context);
    return low === undefined || high === undefined || low > high ? undefined : { low, high };
  },
};
