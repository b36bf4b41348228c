// How the time of reading grows with texts that are damaged or made to be slow: each is read in sizes that double, and
// twice the size should take about twice as long. Processor time; run it after a build.
import { parseAll } from "../../dist/dump/parse.js";

const seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const times = (count, text) => Array.from({ length: count }, (_, at) => text(at)).join("");
const save = (body) => `*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${body}\nCOMMIT\n`;
const line = (options) => save(`-A INPUT ${options} -j ACCEPT`);
const columns = "target     prot opt source               destination         ";
const row = (text, target = "ACCEPT") =>
  `Chain INPUT (policy ACCEPT)\n${columns}\n${target.padEnd(10)} tcp  --  0.0.0.0/0            0.0.0.0/0            ${text}\n`;
const behindPolicy = (text) => `-P INPUT ACCEPT\n${text}\n`;

/** Each makes a text that grows with `n`. */
const TEXTS = {
  "user chains": (n) => save(`${times(n, (at) => `:C${at} - [0:0]\n`)}-A INPUT -j C1`),
  "missing chains": (n) => save(times(n, (at) => `-A INPUT -j M${at}\n`)),
  "a built-in chain behind others": (n) =>
    `*filter\n${times(n, (at) => `:C${at} - [0:0]\n`)}:INPUT ACCEPT [0:0]\n${times(n, (at) => `-A INPUT -j C${at}\n`)}COMMIT\n`,
  "circles of jumps": (n) =>
    save(
      `${times(n, (at) => `:C${at} - [0:0]\n`)}-A INPUT -j C0\n${times(n, (at) => `-A C${at} -j C${at + 1}\n-A C${at} -j C0\n`)}`,
    ),
  "parts of a table": (n) => times(n, (at) => `*filter\n-A C${at} -j ACCEPT\nCOMMIT\n`),
  "dumps that differ": (n) => times(n, (at) => `-P INPUT ACCEPT\n-P OUTPUT ACCEPT\n-A INPUT -p ${(at % 250) + 1}\n`),
  prompts: (n) => times(n, () => "root@h:~# iptables -S\n-P INPUT ACCEPT\n"),
  fences: (n) => times(n, () => "```\n-P INPUT ACCEPT\n```\ntext\n"),
  "fences in one another": (n) => behindPolicy("```sh\n".repeat(n)),
  "matches in a line": (n) => line("-m tcp --dport ! 80 ".repeat(n)),
  "targets' options in a line": (n) =>
    save(`-A INPUT ${"-m comment --comment a ".repeat(n)}-j LOG ${"--log-prefix a ".repeat(n)}`),
  "escaped quotes of an open one": (n) => line(`-m comment --comment "${'\\"'.repeat(n)}`),
  "quotes in a line": (n) => line('"a" '.repeat(n)),
  "rules put in front": (n) => save(times(n, (at) => `-I INPUT -p ${(at % 250) + 1}\n`)),
  "blanks before a command": (n) => behindPolicy(`${" ".repeat(n)}iptables x`),
  "carriage returns": (n) => behindPolicy(`${"\r".repeat(n)}x`),
  "open comments in a remark": (n) => behindPolicy(`# */${"/* ".repeat(n)}`),
  "names of columns": (n) => row("") + "target prot ".repeat(n),
  "matches in a row": (n) => row("tcp dpt:80 ".repeat(n)),
  "matches and words in a row": (n) => row("tcp dpt:80 foo ".repeat(n)),
  "open comments in a row": (n) => row("/* a ".repeat(n)),
  "open quotes in a row": (n) => row(`"${'\\" '.repeat(n)}`),
  "open brackets in a row": (n) => row('[-m foo "x '.repeat(n)),
  "open prefixes in a row": (n) => row('LOG flags 0 level 4 prefix "a '.repeat(n), "LOG"),
};

const read = (text) => {
  const start = seconds();
  try {
    parseAll(text);
  } catch (error) {
    if (error.name !== "ParseError") throw error;
  }
  return seconds() - start;
};

for (const [name, make] of Object.entries(TEXTS)) {
  read(make(1000));
  const taken = [25_000, 50_000, 100_000].map((size) => read(make(size)));
  const growth = taken.slice(1).map((time, at) => (time < 0.02 ? "-" : (time / taken[at]).toFixed(1)));
  console.log(
    `${name.padEnd(32)} ${taken.map((time) => `${Math.round(time * 1000)} ms`.padStart(9)).join("")}   ${growth.join(" ")} times`,
  );
}
