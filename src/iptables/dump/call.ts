import type { Family } from "../../net/address.ts";
import { splitShellLine, type Word } from "../../text/words.ts";
import type { Flavour } from "../ruleset/ruleset.ts";

/** An iptables tool called in a line of a shell session, script or comment. */
export interface Call {
  readonly family: Family;
  readonly flavour: Flavour | undefined;
  readonly tool: "iptables" | "save" | "restore";
  /** Its arguments. */
  readonly words: readonly Word[];
  /** The line is a comment that may only cite the command: `# iptables -t nat -S`, which is also a root prompt. */
  readonly commented: boolean;
}

/** `[root@host ~]# `, `root@host:/# `, `bash-5.1$ `, `$ `, `/ # `, `% `. */
const PROMPT = /^\s*(?:(?:\[[^\]]*\]|[\w.-]+@[\w.-]+(?::\S*)?|(?:ba|z)?sh-[\d.]+|[~/]\S*)\s*)?[$#%]\s+/;

/** Programs that run another program; the tool may stand some words behind them. */
const RUNS_OTHERS = new Set([
  "sudo",
  "doas",
  "nsenter",
  "kubectl",
  "docker",
  "podman",
  "crictl",
  "ip",
  "exec",
  "env",
  "cat",
]);

const TOOL = /^(?:\S*\/)?(ip6?tables)(?:-(legacy|nft))?(?:-(save|restore))?$/;

/** A word that ends a command: `|`, `&&`, `;`, `>file`, `2>&1`. */
const ENDS = /^(?:\|\|?|&&?|;|\d?>.*|<.*)$/;

/**
 * The calls of iptables tools in a line, behind whatever prompt there is; none if the line is anything else, also a
 * sentence that starts with the word.
 */
export function findCalls(line: string): readonly Call[] {
  if (!line.includes("tables")) return [];
  const prompt = PROMPT.exec(line)?.[0] ?? "";
  const words = splitShellLine(line, prompt.length);
  const commented = /^\s*#\s+$/.test(prompt);
  const calls: Call[] = [];
  let from = 0;
  while (from < words.length) {
    let end = from;
    while (end < words.length && (words[end]!.quoted || !ENDS.test(words[end]!.text))) end++;
    const call = callOf(words.slice(from, end), commented);
    if (call) calls.push(call);
    from = end + 1;
  }
  return calls;
}

function callOf(words: readonly Word[], commented: boolean): Call | undefined {
  const first = words[0];
  if (first === undefined) return undefined;
  let at = 0;
  if (RUNS_OTHERS.has(first.text)) while (at < words.length && !TOOL.test(words[at]!.text)) at++;
  const found = TOOL.exec(words[at]?.text ?? "");
  if (!found) return undefined;
  const args = words
    .slice(at + 1)
    .map((word) => (word.text.endsWith(";") && !word.quoted ? { ...word, text: word.text.slice(0, -1) } : word));
  const tool = (found[3] as Call["tool"] | undefined) ?? "iptables";
  if (tool === "iptables" && args.length === 0) return undefined;
  return {
    family: found[1] === "iptables" ? "ipv4" : "ipv6",
    flavour: found[2] as Flavour | undefined,
    tool,
    words: args,
    commented,
  };
}
