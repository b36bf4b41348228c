import type { Block } from "./block.ts";

/** What is asked of a block again and again while others are put into it. */
interface Known {
  /** Every chain that the block has or jumps to. */
  readonly named: Set<string>;
  /** Its chains that have a policy. */
  readonly withPolicy: Set<string>;
}

/** Kept for each block that was read: a page may hold thousands of them, which are all compared with one large table. */
const blocks = new WeakMap<Block, Known>();

function knownOf(block: Block): Known {
  let known = blocks.get(block);
  if (known === undefined) {
    const { chains } = block;
    known = { named: new Set(chains.keys()), withPolicy: new Set() };
    for (const { name, policy, rules } of chains.values()) {
      if (typeof policy === "string") known.withPolicy.add(name);
      for (const { target } of rules)
        if (target && (target.kind === "jump" || target.kind === "goto")) known.named.add(target.chain);
    }
    blocks.set(block, known);
  }
  return known;
}

/** Every chain that a block has or jumps to. */
export const chainsNamed = (block: Block): ReadonlySet<string> => knownOf(block).named;

/** Two or more built-in chains: the whole table was printed, and a chain that it does not know is another host's. */
export const isWhole = (block: Block): boolean => knownOf(block).withPolicy.size > 1;

/** Tells that the chains of a block were put into this one. */
export function addNames(block: Block, part: Block): void {
  const to = knownOf(block);
  const from = knownOf(part);
  for (const name of from.named) to.named.add(name);
  for (const name of from.withPolicy) to.withPolicy.add(name);
}
