/** Letters that must be added, left out, changed or swapped with their neighbour to make one word of the other. */
function distance(a: string, b: string): number {
  let above: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let at = 1; at <= a.length; at++) {
    const next = [at];
    for (let to = 1; to <= b.length; to++) {
      const same = a[at - 1] === b[to - 1] ? 0 : 1;
      let least = Math.min(row[to]! + 1, next[to - 1]! + 1, row[to - 1]! + same);
      if (at > 1 && to > 1 && a[at - 1] === b[to - 2] && a[at - 2] === b[to - 1])
        least = Math.min(least, above[to - 2]! + 1);
      next.push(least);
    }
    above = row;
    row = next;
  }
  return row[b.length]!;
}

/** Names longer than this are no slips of anything. */
const LONGEST = 100;

const plain = (name: string): string => name.toLowerCase().replace(/[-_. ]/g, "");

/**
 * The known name that was meant, if one is close: at most a third of its letters differ, and none of a short one but by
 * case, `-` and `_`.
 */
export function nearName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Infinity;
  for (const one of known) {
    const apart = plain(one) === plain(name) ? 0 : distance(name.toLowerCase(), one.toLowerCase());
    if (apart < least && apart <= Math.min(3, Math.floor(Math.max(one.length, name.length) / 3))) {
      best = one;
      least = apart;
    }
  }
  return best;
}
