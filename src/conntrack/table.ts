import { type Entry, type EntryText, entryText } from "./entry.ts";
import { sameTuple, type Tuple, tupleKey } from "./tuple.ts";

/** A look-up's answer: the entry, and whether the tuple is its reply direction. */
export interface Found {
  readonly entry: Entry;
  readonly reply: boolean;
}

/** A change that is not in the base yet: an entry that was put, or one that was removed. */
interface Change {
  readonly entry: Entry;
  readonly gone: boolean;
}

/** How many changes stand beside the base before they are folded into a new one. */
const RECENT = 48;

/**
 * The confirmed entries of a namespace, as a value: changing it gives another table, which shares what did not change.
 *
 * A base that many tables share, by tuple and zone, and the recent changes over it in a short list that is copied. The
 * list is scanned, because a compare of numbers is cheaper than making the text of a key: with it most walks make none.
 * A change costs at most {@link RECENT} steps and, once in as many, a copy of the base (none in {@link working} tables).
 */
export class ConntrackTable implements Iterable<EntryText> {
  #base: Map<string, Entry>;
  #recent: Change[];
  /** The base is this table's own and may be changed in place. */
  #owned: boolean;
  #held = false;
  #start = 0;

  private constructor(base: Map<string, Entry>, recent: Change[], owned: boolean) {
    this.#base = base;
    this.#recent = recent;
    this.#owned = owned;
  }

  static readonly empty: ConntrackTable = new ConntrackTable(new Map(), [], false);

  /** A copy that may be changed by {@link put} and {@link remove}: what one walk works on. */
  fork(): ConntrackTable {
    return new ConntrackTable(this.#base, this.#recent.slice(), false);
  }

  /** A copy with a base of its own, for many walks one after another. */
  working(): ConntrackTable {
    return new ConntrackTable(new Map(this.#base), this.#recent.slice(), true);
  }

  #change(entry: Entry, gone: boolean): void {
    this.#recent.push({ entry, gone });
    if (this.#recent.length > RECENT && !this.#held) this.#fold();
  }

  /** Keeps all further changes in the list, so that {@link rollback} can undo them. */
  begin(): void {
    if (this.#recent.length > RECENT) this.#fold();
    this.#held = true;
    this.#start = this.#recent.length;
  }

  /** Undoes what was changed since {@link begin}. */
  rollback(): void {
    this.#recent.length = this.#start;
  }

  /** Takes over what another table, forked from this one, has come to. */
  adopt(other: ConntrackTable): void {
    this.#base = new Map(other.#base);
    this.#recent = other.#recent.slice();
  }

  #fold(): void {
    if (!this.#owned) this.#base = new Map(this.#base);
    for (const change of this.#recent) {
      for (const key of keysOf(change.entry)) {
        if (change.gone) this.#base.delete(key);
        else this.#base.set(key, change.entry);
      }
    }
    this.#recent = [];
  }

  put(entry: Entry): void {
    this.#change(entry, false);
  }

  remove(entry: Entry): void {
    this.#change(entry, true);
  }

  /** The entry that has the tuple in one direction and zone; null where it was removed. */
  #look(tuple: Tuple, zone: number, reply: boolean): Entry | undefined {
    for (let at = this.#recent.length - 1; at >= 0; at--) {
      const { entry, gone } = this.#recent[at]!;
      const fits = reply
        ? entry.zoneReply === zone && sameTuple(entry.reply, tuple)
        : entry.zoneOriginal === zone && sameTuple(entry.original, tuple);
      if (fits) return gone ? undefined : entry;
    }
    return this.#base.size === 0 ? undefined : this.#base.get(`${reply ? "r" : "o"}${zone} ${tupleKey(tuple)}`);
  }

  /** Kernel: __nf_conntrack_find_get, over both zones of the packet (B5). */
  find(tuple: Tuple, zoneOriginal: number, zoneReply: number): Found | undefined {
    const original = this.#look(tuple, zoneOriginal, false);
    // A connection to itself without ports has one tuple for both directions; the reply stands first (E4).
    if (original)
      return { entry: original, reply: original.zoneReply === zoneReply && sameTuple(original.reply, tuple) };
    const reply = this.#look(tuple, zoneReply, true);
    return reply && { entry: reply, reply: true };
  }

  /**
   * Whether a reply tuple is in use by an entry other than `ignored`: compared with reply tuples in the reply zone, and
   * with original tuples only if the two zones are one (B5). Kernel: nf_conntrack_tuple_taken.
   */
  taken(reply: Tuple, ignored: Entry): boolean {
    const other = this.#look(reply, ignored.zoneReply, true);
    if (other !== undefined && !sameConnection(other, ignored)) return true;
    if (ignored.zoneOriginal !== ignored.zoneReply) return false;
    const opposite = this.#look(reply, ignored.zoneOriginal, false);
    return opposite !== undefined && !sameConnection(opposite, ignored);
  }

  /** Whether an entry that is to be entered shares a tuple with another one. Kernel: __nf_conntrack_confirm (E5). */
  clashes(entry: Entry): boolean {
    const { original, reply, zoneOriginal, zoneReply } = entry;
    if (this.#look(original, zoneOriginal, false) !== undefined) return true;
    if (zoneOriginal === zoneReply && this.#look(original, zoneReply, true) !== undefined) return true;
    return this.taken(reply, entry);
  }

  /** Every entry once. */
  *entries(): Generator<Entry> {
    const recent = new Map(this.#recent.map((change) => [keysOf(change.entry)[0], change] as const));
    for (const [key, entry] of this.#base) if (key[0] === "o" && !recent.has(key)) yield entry;
    for (const { entry, gone } of recent.values()) if (!gone) yield entry;
  }

  get size(): number {
    let size = 0;
    for (const _ of this.entries()) size++;
    return size;
  }

  *[Symbol.iterator](): Generator<EntryText> {
    for (const entry of this.entries()) yield entryText(entry);
  }
}

const keysOf = (entry: Entry): readonly [string, string] => [
  `o${entry.zoneOriginal} ${tupleKey(entry.original)}`,
  `r${entry.zoneReply} ${tupleKey(entry.reply)}`,
];

const sameConnection = (a: Entry, b: Entry): boolean =>
  a.zoneOriginal === b.zoneOriginal && sameTuple(a.original, b.original);
