// How the time of reading grows with the text: 10 times the rules should take at most 12 times as long, in every form.
// Processor time, so that what else the machine does counts for little. Run it after a build.
import { parse } from "../../dist/dump/parse.js";
import { toList } from "../../dist/list/write.js";

const seconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Services and their endpoints as kube-proxy writes them: nearly every rule has texts of its own. */
function rules(count) {
  const lines = ["*nat", ":PREROUTING ACCEPT [0:0]", ":INPUT ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]"];
  lines.push(":POSTROUTING ACCEPT [0:0]", ":SERVICES - [0:0]", ":ENDPOINT - [0:0]");
  for (let at = 0; at < count; at++) {
    const ip = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
    const remark = `-m comment --comment "ns${at % 40}/svc-${at}:http"`;
    lines.push(
      [
        `-A SERVICES -d ${ip}/32 -p tcp ${remark} -m tcp --dport ${80 + (at % 100)} -j ENDPOINT`,
        `-A ENDPOINT -s ${ip}/32 ${remark} -j MARK --set-xmark 0x4000/0x4000`,
        `-A ENDPOINT -p tcp ${remark} -m tcp -j DNAT --to-destination ${ip}:8080`,
        "-A SERVICES -m statistic --mode random --probability 0.5 -j ENDPOINT",
      ][at % 4],
    );
  }
  return `${lines.join("\n")}\nCOMMIT\n`;
}

/** Least time of three readings. */
function timeOf(text) {
  const times = [];
  for (let round = 0; round < 3; round++) {
    const start = seconds();
    parse(text, { table: "nat" });
    times.push(seconds() - start);
  }
  return Math.min(...times);
}

function grow(form, sizes, print) {
  timeOf(print(rules(20_000)));
  let before;
  for (const size of sizes) {
    const time = timeOf(print(rules(size)));
    const times = before === undefined ? "" : `${(time / before).toFixed(1)} times the time of a tenth`;
    const rate = Math.round(size / time).toLocaleString("en");
    console.log(
      `${form.padEnd(10)} ${size.toLocaleString("en").padStart(9)} rules ${rate.padStart(9)} rules/s  ${times}`,
    );
    before = time;
  }
}

grow("save", [10_000, 100_000, 1_000_000], (text) => text);
grow("list -v -n", [10_000, 100_000], (text) =>
  toList(parse(text).ruleset, { table: "nat", verbose: true, numeric: true }),
);
