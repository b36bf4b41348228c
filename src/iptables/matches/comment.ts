import { utf8Length } from "../../text/utf8.ts";
import { saveString } from "../../text/words.ts";
import { defineMatch, type MatchExtension } from "../extension/match.ts";
import { anyWord, option } from "../extension/value.ts";

/**
 * `-m comment --comment text`: a remark; it matches every packet.
 *
 * Kernel: net/netfilter/xt_comment.c, comment_mt.
 */
export interface CommentMatch {
  readonly kind: "comment";
  readonly text: string;
}

/** Bytes that the kernel keeps; the rest is cut off without a word. */
const MAX_BYTES = 255;

export const comment: MatchExtension<CommentMatch> = defineMatch<CommentMatch>()({
  kind: "comment",
  summary: "a remark on the rule",
  options: { comment: option("comment", anyWord("a text"), { required: true }) },
  fromSave({ comment }, context) {
    const text = comment!.value;
    const bytes = utf8Length(text);
    if (bytes <= MAX_BYTES) return { kind: "comment", text };
    context.warn("comment-cut", `--comment: iptables keeps the first ${MAX_BYTES} bytes of ${bytes}`);
    return { kind: "comment", text: new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, MAX_BYTES)) };
  },
  toSave: ({ text }) => ` --comment ${saveString(text)}`,
  fromList(reader) {
    // A comment may hold "*/" itself; its first one ends it here, so that no condition is taken for a comment.
    const text = reader.take(/\/\* /y) ? reader.takeUntil(/ \*\/(?=\s|$)/g) : undefined;
    return text === undefined ? undefined : { kind: "comment", text };
  },
  toList: ({ text }) => ` /* ${text} */`,
  meaning: () => [],
});
