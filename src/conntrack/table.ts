import { type Entry, type EntryText, entryText } from "./entry.ts";
import { type Tuple, tupleKey } from "./tuple.ts";

/** A look-up's answer: the entry, and whether the tuple is its reply direction. */
export interface Found {
  readonly entry: Entry;
  readonly reply: boolean;
}

/** How many recent changes are copied from table to table before they are folded into the shared base. */
const RECENT = 64;

/**
 * The confirmed entries of a namespace, as a value: changing it gives another table, which shares what did not change.
 *
 * Two maps: a base that many tables share, and the recent changes over it (null: gone), which are copied. So a change
 * costs at most {@link RECENT} steps and, once in as many, a copy of the whole.
 *
 * Keys are direction, the zone of that direction (B5) and the tuple.
 */
export class ConntrackTable implements Iterable<EntryText> {
  readonly #base: ReadonlyMap<string, Entry>;
  readonly #recent: Map<string, Entry | null>;

  private constructor(base: ReadonlyMap<string, Entry>, recent: Map<string, Entry | null>) {
    this.#base = base;
    this.#recent = recent;
  }

  static readonly empty: ConntrackTable = new ConntrackTable(new Map(), new Map());

  /** A copy that may be changed in place by {@link put} and {@link remove}: the working copy of a walk. */
  fork(): ConntrackTable {
    if (this.#recent.size <= RECENT) return new ConntrackTable(this.#base, new Map(this.#recent));
    const base = new Map(this.#base);
    for (const [key, entry] of this.#recent) {
      if (entry === null) base.delete(key);
      else base.set(key, entry);
    }
    return new ConntrackTable(base, new Map());
  }

  #get(key: string): Entry | undefined {
    const recent = this.#recent.get(key);
    return recent === undefined ? this.#base.get(key) : (recent ?? undefined);
  }

  /** Kernel: __nf_conntrack_find_get, over both zones of the packet. */
  find(tuple: Tuple, zoneOriginal: number, zoneReply: number): Found | undefined {
    if (this.#base.size === 0 && this.#recent.size === 0) return undefined;
    const key = tupleKey(tuple);
    const original = this.#get(`o${zoneOriginal} ${key}`);
    if (original) return { entry: original, reply: false };
    const reply = this.#get(`r${zoneReply} ${key}`);
    return reply && { entry: reply, reply: true };
  }

  /**
   * Whether a reply tuple is in use by an entry other than `ignored`: compared with reply tuples in the reply zone, and
   * with original tuples only if the two zones are one (B5). Kernel: nf_conntrack_tuple_taken.
   */
  taken(reply: Tuple, ignored: Entry): boolean {
    if (this.#base.size === 0 && this.#recent.size === 0) return false;
    const key = tupleKey(reply);
    const other = this.#get(`r${ignored.zoneReply} ${key}`);
    if (other !== undefined && !sameConnection(other, ignored)) return true;
    if (ignored.zoneOriginal !== ignored.zoneReply) return false;
    const opposite = this.#get(`o${ignored.zoneOriginal} ${key}`);
    return opposite !== undefined && !sameConnection(opposite, ignored);
  }

  put(entry: Entry): void {
    this.#recent.set(`o${entry.zoneOriginal} ${tupleKey(entry.original)}`, entry);
    this.#recent.set(`r${entry.zoneReply} ${tupleKey(entry.reply)}`, entry);
  }

  remove(entry: Entry): void {
    this.#recent.set(`o${entry.zoneOriginal} ${tupleKey(entry.original)}`, null);
    this.#recent.set(`r${entry.zoneReply} ${tupleKey(entry.reply)}`, null);
  }

  /** Every entry once, the oldest first. */
  *entries(): Generator<Entry> {
    for (const [key, entry] of this.#base) if (key[0] === "o" && !this.#recent.has(key)) yield entry;
    for (const [key, entry] of this.#recent) if (key[0] === "o" && entry !== null) yield entry;
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

const sameConnection = (a: Entry, b: Entry): boolean =>
  a.zoneOriginal === b.zoneOriginal && tupleKey(a.original) === tupleKey(b.original);
