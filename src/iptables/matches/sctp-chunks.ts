import type { ValueType } from "../extension/value.ts";

/** Chunk types by name and number, with the letters of their flags, the highest bit first. Source: libxt_sctp.c. */
const CHUNKS: readonly (readonly [name: string, type: number, flags?: string])[] = [
  ["DATA", 0, "----IUBE"],
  ["INIT", 1],
  ["INIT_ACK", 2],
  ["SACK", 3],
  ["HEARTBEAT", 4],
  ["HEARTBEAT_ACK", 5],
  ["ABORT", 6, "-------T"],
  ["SHUTDOWN", 7],
  ["SHUTDOWN_ACK", 8],
  ["ERROR", 9],
  ["COOKIE_ECHO", 10],
  ["COOKIE_ACK", 11],
  ["ECN_ECNE", 12],
  ["ECN_CWR", 13],
  ["SHUTDOWN_COMPLETE", 14, "-------T"],
  ["I_DATA", 64, "----IUBE"],
  ["RE_CONFIG", 130],
  ["PAD", 132],
  ["ASCONF", 193],
  ["ASCONF_ACK", 128],
  ["FORWARD_TSN", 192],
  ["I_FORWARD_TSN", 194],
];

/** A chunk type, and flags that must be set (upper case) or clear (lower case), in the order of print. */
interface Chunk {
  readonly type: number;
  readonly flags: string;
}

/** Which chunks, and whether the packet has all of them, any of them or only such. */
export interface Chunks {
  readonly mode: "all" | "any" | "only";
  readonly types: "ALL" | "NONE" | readonly Chunk[];
}

function readChunk(word: string): Chunk | undefined {
  const [name = "", letters = "", more] = word.split(":");
  const number = /^0x[0-9a-f]{4}$/i.test(name) ? Number(name) : undefined;
  const known = CHUNKS.find((one) => (number === undefined ? one[0] === name.toUpperCase() : one[1] === number));
  if (known === undefined || more !== undefined) return undefined;
  const allowed = (known[2] ?? "").replaceAll("-", "");
  const flags = [...letters];
  if (!flags.every((flag) => allowed.includes(flag.toUpperCase()))) return undefined;
  flags.sort((a, b) => allowed.indexOf(a.toUpperCase()) - allowed.indexOf(b.toUpperCase()));
  return { type: known[1], flags: flags.join("") };
}

/** `all DATA:Ube,INIT`, `any ALL`. */
export const chunksType: ValueType<Chunks> = {
  expected: "all, any or only, and chunk types as DATA,INIT:flags or ALL or NONE",
  read(words) {
    const found = /^(all|any|only) (\S+)$/i.exec(words);
    if (!found) return undefined;
    const mode = found[1]!.toLowerCase() as Chunks["mode"];
    if (/^(all|none)$/i.test(found[2]!)) return { mode, types: found[2]!.toUpperCase() as "ALL" | "NONE" };
    const types = new Map<number, Chunk>();
    for (const item of found[2]!.split(",")) {
      const chunk = readChunk(item);
      if (chunk === undefined) return undefined;
      types.set(chunk.type, { type: chunk.type, flags: chunk.flags || (types.get(chunk.type)?.flags ?? "") });
    }
    return { mode, types: [...types.values()].sort((a, b) => a.type - b.type) };
  },
};

const chunkName = (type: number, numeric: boolean): string =>
  numeric
    ? `0x${type.toString(16).toUpperCase().padStart(4, "0")}`
    : (CHUNKS.find((one) => one[1] === type)?.[0] ?? `${type}`);

export function chunksText({ mode, types }: Chunks, numeric: boolean): string {
  if (typeof types === "string") return `${mode} ${types}`;
  const list = types.map(({ type, flags }) => `${chunkName(type, numeric)}${flags === "" ? "" : `:${flags}`}`);
  return `${mode} ${list.join(",")}`;
}
