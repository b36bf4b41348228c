import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a command inside a namespace gave back. */
interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * The Python process that holds the namespaces. `call` sends one request line and resolves with its answer; requests
 * are answered in order, one at a time.
 */
export interface Agent {
  readonly call: <T>(op: string, words: object) => Promise<T>;
  /** Runs a command in a namespace; a failure is an error that carries what it printed. */
  readonly run: (ns: string, argv: readonly string[], text?: string) => Promise<CommandResult>;
  readonly close: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The system's interpreter: one from a version manager may lack the rights or the modules that root has here. */
const PYTHON = "/usr/bin/python3";

/** Settles the waiting calls: one by one as answers come, all at once when the process ends. */
function listen(child: ChildProcessWithoutNullStreams, waiting: Map<number, Waiting>): void {
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += chunk;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line) as { id: number; ok?: unknown; error?: string };
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.error === undefined) call?.resolve(answer.ok);
    else call?.reject(new Error(`laboratory agent: ${answer.error}`));
  });
  child.on("close", (code) => {
    for (const call of waiting.values()) call.reject(new Error(`laboratory agent ended (${code}): ${complaints}`));
    waiting.clear();
  });
}

/** Starts the process on one processor (`cpu` modulo how many there are). It ends with us, whatever happens to us. */
export function startAgent(cpu: number): Agent {
  const script = fileURLToPath(new URL("./agent.py", import.meta.url));
  const child = spawn(PYTHON, ["-B", script, String(cpu)], { stdio: "pipe" });
  const waiting = new Map<number, Waiting>();
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let count = 0;
  listen(child, waiting);

  const call = <T>(op: string, words: object): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      if (child.exitCode !== null) return reject(new Error(`laboratory agent has ended (${child.exitCode})`));
      const id = ++count;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      child.stdin.write(`${JSON.stringify({ id, op, ...words })}\n`);
    });

  return {
    call,
    run: async (ns, argv, text) => {
      const result = await call<CommandResult>("run", { ns, argv, text });
      if (result.code !== 0) throw new Error(`${argv.join(" ")}: exit ${result.code}: ${result.err}${result.out}`);
      return result;
    },
    close: () => {
      child.stdin.end();
      return ended;
    },
  };
}
