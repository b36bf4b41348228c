/** What people give in place of a dump, and what to do about it; the first that fits counts. */
const MISTAKEN: readonly (readonly [(text: string) => boolean, string])[] = [
  [
    (text) => /^\s*table (?:ip6?|inet|arp|bridge|netdev) .*\{/m.test(text),
    "this is what nft list ruleset prints: iptables-save prints the same rules in the form that is read here",
  ],
  // Bytes that are not UTF-8 are read as U+FFFD: of gzip's 1f 8b the second, of UTF-16's mark both.
  [(text) => text.startsWith("\u001f\ufffd"), "this is compressed: zcat FILE | nfwalk … -"],
  [
    (text) => /^(?:\ufffd\ufffd)?(?:[\t\n\r -~]\0|\0[\t\n\r -~])/.test(text),
    "this is UTF-16: iconv -f UTF-16 -t UTF-8 FILE | nfwalk … -",
  ],
  [(text) => text.includes("\0"), "this is no text"],
  [
    (text) => /^ip6?tables\S* v\d\S* \(\w+\): /m.test(text),
    "this is what iptables says when it fails: it printed no rules (it wants root, and a table that is there)",
  ],
  [
    (text) => /^(?:\S+: )?(?:error|fatal|cannot|no such|permission denied)\b/im.test(text),
    "the command that should print the rules failed",
  ],
  [
    (text) => /^\s*(?:- )?(?:apiVersion|initContainers|args):/m.test(text),
    "nfwalk istio --yaml FILE reads the arguments of an init container",
  ],
];

/** What a text is in which no dump was found, as a hint that says what to do. */
export const dumpHint = (text: string): string | undefined => MISTAKEN.find(([fits]) => fits(text))?.[1];
