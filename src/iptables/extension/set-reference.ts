import type { ValueType } from "./value.ts";

/** An ipset, and which address or port of the packet goes to each of its dimensions. */
export interface SetReference {
  readonly name: string;
  readonly directions: readonly ("src" | "dst")[];
}

/** `NAME src,dst`: two words. Source: libxt_set.h, get_set_byname and parse_dirs. */
export const setReference: ValueType<SetReference> = {
  expected: "the name of a set (up to 31 characters) and up to six of src, dst separated by commas",
  read(word) {
    const found = /^(\S{1,31}) ((?:src|dst)(?:,(?:src|dst)){0,5})$/.exec(word);
    return found ? { name: found[1]!, directions: found[2]!.split(",") as ("src" | "dst")[] } : undefined;
  },
};

/** `NAME src,dst`. */
export const setReferenceText = ({ name, directions }: SetReference): string => `${name} ${directions.join(",")}`;
