/** Which columns the rows of a listing have. */
export interface Columns {
  /** `--line-numbers`. */
  readonly lineNumbers: boolean;
  /** `-v`: counters and interfaces. */
  readonly verbose: boolean;
  /** Somebody cut the counters out of a `-v` listing. */
  readonly uncounted?: boolean;
}

const COUNTERS = "pkts bytes";
const PLAIN = /^(?:num )?target prot opt source destination$/;
const VERBOSE = /^(?:num )?(?:pkts bytes )?target prot opt in out source destination$/;

/** Whether a line names columns of a listing; those that {@link readColumns} does not know are another program's. */
export function namesColumns(line: string): boolean {
  const first = /\btarget\s+prot\b/.exec(line);
  return first !== null && /\bsource\s+destination\s*$/.test(line.slice(first.index + first[0].length));
}

/**
 * Recognises the row of column names, however its blanks were changed on the way; undefined for any other line.
 *
 * Source: iptables/xshared.c, print_header.
 */
export function readColumns(line: string): Columns | undefined {
  const words = line.trim().replace(/\s+/g, " ");
  if (!words.endsWith("source destination")) return undefined;
  const verbose = VERBOSE.test(words);
  if (!verbose && !PLAIN.test(words)) return undefined;
  const uncounted = verbose && !words.includes(COUNTERS);
  return { lineNumbers: words.startsWith("num "), verbose, ...(uncounted && { uncounted }) };
}

/** The row of column names, with its trailing blanks; `-x` makes the counters' names wider than the counters. */
export function columnNames(columns: Columns, exact: boolean): string {
  const counters = exact ? "   pkts      bytes" : COUNTERS;
  return (
    (columns.lineNumbers ? "num  " : "") +
    (columns.verbose ? ` ${counters} ` : "") +
    "target     prot opt " +
    (columns.verbose ? "in     out     " : "") +
    "source               destination         "
  );
}
