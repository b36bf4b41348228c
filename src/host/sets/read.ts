import type { NameTable } from "../../net/names.ts";
import { ParseError } from "../../text/problem.ts";
import { listOf, type Shape, shapeOf, text as textShape } from "../../text/shape.ts";
import { splitRestoreLine, type Word } from "../../text/words.ts";
import { type AddedElements, readAdded } from "./element.ts";
import type { Element, IpSet, Part, SetTable } from "./ip-set.ts";
import { bucketKey, membersOf } from "./members.ts";
import type { PartContext } from "./parts.ts";
import { SET_TYPE_NAMES, setType } from "./set-type.ts";
import { type Fail, readSettings } from "./settings.ts";

/** An ipset in ipset's own words: `{ name: "blocked", type: "hash:net", options: "timeout 60", members: ["10.0.0.0/8"] }`. */
export interface SetSpec {
  readonly name: string;
  readonly type: string;
  /** What stands behind the type in a `create` line. */
  readonly options?: string;
  /** Each what stands behind the set's name in an `add` line. */
  readonly members?: readonly string[];
}

const words: Shape = textShape("words of ipset");
const SET_LIST: Shape = listOf(
  shapeOf<SetSpec>({ name: words, type: words, options: words, members: listOf(words) }, ["name", "type"]),
);

/** What may be given as the sets of a namespace. */
export const SETS: Shape = (value, where) => {
  if (typeof value !== "string") SET_LIST(value, where);
};

interface Draft extends Omit<IpSet, "members"> {
  readonly elements: Map<string, Element>;
}

/** A line to be read, and how what is wrong with it is said. */
interface Line {
  readonly words: readonly Word[];
  readonly fail: Fail;
}

/**
 * The sets of a namespace: what `ipset save` or `ipset list` printed, what `ipset restore` takes, or each as data. Times
 * count from second 0 of the walks.
 *
 * @param given as {@link SETS} has found it
 * @throws ParseError with the line for text, TypeError naming the member for data
 */
export function readSets(given: string | readonly SetSpec[], names: NameTable): SetTable {
  const drafts = new Map<string, Draft>();
  if (typeof given === "string") for (const line of linesOf(given)) readCommand(drafts, line, names);
  else for (const [at, spec] of given.entries()) readSpec(drafts, spec, `netns.sets[${at}]`, names);
  return new Map(
    [...drafts].map(([name, { elements, ...set }]) => [name, { ...set, name, members: membersOf(elements.values()) }]),
  );
}

/** The lines as words, those of `ipset list` rewritten as the commands that `ipset save` prints. */
function* linesOf(text: string): Generator<Line> {
  let name: Word | undefined;
  let type: Word | undefined;
  let members = false;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const words = splitRestoreLine(line);
    const [first, second] = words;
    const fail: Fail = (message, word) => {
      const column = word?.column ?? first?.column ?? 1;
      throw new ParseError([
        { severity: "error", code: "bad-set", message: `ipset: ${message}`, line: at + 1, column },
      ]);
    };
    const command = (word: string): Word => ({ text: word, column: 1, quoted: false });
    if (first === undefined) members = false;
    if (first === undefined || first.text.startsWith("#") || first.text === "COMMIT") continue;
    if (first.text === "Name:") [name, members] = [second, false];
    else if (first.text === "Type:") type = second;
    else if (first.text === "Header:") {
      if (name === undefined || type === undefined) fail('expected "Name:" and "Type:" before "Header:"');
      yield { words: [command("create"), name!, type!, ...words.slice(1)], fail };
    } else if (first.text === "Members:") members = true;
    else if (members) yield { words: [command("add"), name!, ...words], fail };
    else if (name === undefined || !/^(Revision|Size|References|Number)\b/.test(first.text)) yield { words, fail };
  }
}

const COMMANDS: Readonly<Record<string, string>> = {
  ...{ create: "create", "-N": "create", "--create": "create", n: "create", new: "create" },
  ...{ add: "add", "-A": "add", "--add": "add", a: "add" },
  ...{ del: "del", "-D": "del", "--del": "del", d: "del" },
  ...{ flush: "flush", "-F": "flush", "--flush": "flush", f: "flush" },
  ...{ destroy: "destroy", "-X": "destroy", "--destroy": "destroy", x: "destroy" },
  ...{ swap: "swap", "-W": "swap", "--swap": "swap", w: "swap" },
  ...{ rename: "rename", "-E": "rename", "--rename": "rename", e: "rename" },
};

function readCommand(drafts: Map<string, Draft>, { words: all, fail }: Line, names: NameTable): void {
  // A pasted `ipset add …`, and `-exist` wherever it stands.
  const flags = all.filter((word) => word.text === "-exist" || word.text === "-!");
  const words = all.filter((word) => !flags.includes(word));
  if (words[0]?.text === "ipset") words.shift();
  const [verb, name, ...rest] = words as [Word, Word | undefined, ...Word[]];
  const command = Object.hasOwn(COMMANDS, verb.text) ? COMMANDS[verb.text] : undefined;
  if (command === undefined)
    return fail(`expected create, add, del, flush, destroy, swap or rename, got "${verb.text}"`, verb);
  if (name === undefined && (command === "flush" || command === "destroy")) {
    if (command === "flush") for (const draft of drafts.values()) draft.elements.clear();
    else for (const one of drafts.keys()) refuseListed(drafts, command, one, verb, fail);
    if (command === "destroy") drafts.clear();
    return;
  }
  if (name === undefined) return fail(`${command}: expected the name of a set, got nothing`, verb);
  const set =
    command === "create" ? undefined : (drafts.get(name.text) ?? fail(`there is no set "${name.text}"`, name));
  switch (command) {
    case "create":
      return create(drafts, name, rest, flags.length > 0, fail);
    case "add":
      return add(drafts, set!, [...rest, ...flags], names, fail);
    case "del":
      for (const element of readAdded(rest, set!.settings, contextOf(set!, names), fail).elements)
        if (!set!.elements.delete(keyOf(element.parts)) && flags.length === 0)
          fail(`"${rest[0]!.text}" is not in set ${set!.name}`, rest[0]);
      return;
    case "flush":
      return set!.elements.clear();
    case "destroy":
      refuseListed(drafts, command, name.text, name, fail);
      drafts.delete(name.text);
      return;
    default:
      if (command === "rename") refuseListed(drafts, command, name.text, name, fail);
      return exchange(drafts, command, name, rest[0], fail);
  }
}

function create(
  drafts: Map<string, Draft>,
  name: Word,
  [type, ...options]: readonly Word[],
  exist: boolean,
  fail: Fail,
): void {
  const found = type && setType(type.text);
  if (found === undefined)
    return fail(
      `expected a type of set (${SET_TYPE_NAMES.join(", ")}), got ${type ? `"${type.text}"` : "nothing"}`,
      type,
    );
  if (name.text.length > 31) fail(`the name of a set has up to 31 characters, got "${name.text}"`, name);
  if (drafts.has(name.text)) {
    if (!exist) fail(`set "${name.text}" exists already`, name);
    return;
  }
  const { family, settings } = readSettings(found, options, fail);
  drafts.set(name.text, { name: name.text, type: found, family, settings, elements: new Map() });
}

const contextOf = ({ type, family }: Draft, names: NameTable): PartContext => ({
  type,
  family: family ?? "ipv4",
  names,
});

/** What tells two elements apart. */
function keyOf(parts: readonly Part[]): string {
  const variant = parts.map((part) =>
    part.kind === "iface" ? `${part.physical ? "physdev:" : ""}${part.name}` : part.kind === "mac" ? part.address : "",
  );
  return `${bucketKey(parts)} ${variant.join(" ")}`;
}

function add(drafts: Map<string, Draft>, set: Draft, words: readonly Word[], names: NameTable, fail: Fail): void {
  const { elements, exist, counts, beside } = readAdded(words, set.settings, contextOf(set, names), fail);
  const [text] = words;
  for (const element of elements) {
    const key = keyOf(element.parts);
    const [part] = element.parts;
    if (part?.kind === "set") checkListed(drafts, part.name, text!, fail);
    // Addresses that a mask makes one are one; the same element in two lines is a mistake.
    if (set.elements.has(key) && !exist && elements.length === 1)
      fail(`"${text!.text}" is in set ${set.name} already`, text);
    const known = set.elements.get(key);
    set.elements.set(key, known === undefined ? element : remade(known, element, counts));
    if (set.elements.size > set.settings.maxelem)
      fail(`set ${set.name} is full: maxelem is ${set.settings.maxelem}`, text);
    if (beside !== null) move(set, key, beside, text!, fail);
  }
}

/** An element that is added again keeps the counters that the line does not give. Kernel: mtype_add. */
const remade = (known: Element, element: Element, counts: AddedElements["counts"]): Element => ({
  ...element,
  packets: counts.includes("packets") ? element.packets : known.packets,
  bytes: counts.includes("bytes") ? element.bytes : known.bytes,
});

function checkListed(drafts: Map<string, Draft>, name: string, word: Word, fail: Fail): void {
  const member = drafts.get(name) ?? fail(`there is no set "${name}"`, word);
  if (member.type.method === "list") fail(`set "${name}" is a list itself`, word);
}

/** What is a member of a list keeps its name and stays. Kernel: ip_set_destroy, ip_set_rename. */
function refuseListed(drafts: Map<string, Draft>, command: string, name: string, word: Word, fail: Fail): void {
  for (const list of drafts.values())
    for (const { parts } of list.elements.values())
      if (parts[0]?.kind === "set" && parts[0].name === name)
        fail(`${command}: set "${name}" is a member of set ${list.name}`, word);
}

/** Moves the newest element of a list beside another one. */
function move(set: Draft, key: string, beside: NonNullable<AddedElements["beside"]>, word: Word, fail: Fail): void {
  const all = [...set.elements];
  const moved = all.splice(
    all.findIndex(([one]) => one === key),
    1,
  );
  const at = all.findIndex(([, { parts }]) => parts[0]?.kind === "set" && parts[0].name === beside.name);
  if (at < 0) fail(`"${beside.name}" is not in set ${set.name}`, word);
  all.splice(beside.before ? at : at + 1, 0, ...moved);
  set.elements.clear();
  for (const [one, element] of all) set.elements.set(one, element);
}

/** `swap A B`: their contents; `rename A B`. */
function exchange(drafts: Map<string, Draft>, command: string, name: Word, other: Word | undefined, fail: Fail): void {
  if (other === undefined) return fail(`${command}: expected two names of sets, got one`, name);
  const set = drafts.get(name.text)!;
  const second = drafts.get(other.text);
  if (command === "rename") {
    if (second !== undefined) fail(`set "${other.text}" exists already`, other);
    drafts.delete(name.text);
  } else if (second === undefined) fail(`there is no set "${other.text}"`, other);
  else drafts.set(name.text, { ...second, name: name.text });
  drafts.set(other.text, { ...set, name: other.text });
}

/** Data in the words of the commands; what is wrong names the member. */
function readSpec(drafts: Map<string, Draft>, spec: SetSpec, where: string, names: NameTable): void {
  const failing =
    (member: string): Fail =>
    (message) => {
      throw new TypeError(`${where}${member}: ${message}`);
    };
  const { name, type, options = "", members = [] } = spec;
  const word = (text: string): Word => ({ text, column: 1, quoted: false });
  create(drafts, word(name), [word(type), ...splitRestoreLine(options)], false, failing(""));
  for (const [at, member] of members.entries())
    add(drafts, drafts.get(name)!, splitRestoreLine(member), names, failing(`.members[${at}]`));
}
