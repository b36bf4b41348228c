// Medians on this machine, each beside a yardstick that runs in the same process: a loop that splits the same text into
// words (for parsing) and one that spreads a small object (for walking). Ratios travel between machines, rates do not.
import { performance } from "node:perf_hooks";
import { createNetns, parse, send, simulate } from "../../dist/index.js";

const SIDECAR = `*nat
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:ISTIO_INBOUND - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_INBOUND -p tcp -m tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp -m tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp -m tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp -m tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

const ROUNDS = 9;

/** Median seconds of `work`, after two rounds to warm up. */
function median(work) {
  const times = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const start = performance.now();
    work();
    if (round >= 2) times.push((performance.now() - start) / 1000);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1];
}

const row = (name, rate, unit, ratio) =>
  console.log(`${name.padEnd(44)} ${Math.round(rate).toLocaleString("en").padStart(12)} ${unit.padEnd(9)} ${ratio}`);

function rules(count) {
  const lines = [
    "*filter",
    ":INPUT ACCEPT [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    ":KUBE-SERVICES - [0:0]",
  ];
  for (let at = 0; at < count; at++) {
    const ip = `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`;
    const port = 1024 + (at % 50000);
    lines.push(
      [
        `-A KUBE-SERVICES -d ${ip}/32 -p tcp -m tcp --dport ${port} -j ACCEPT`,
        `-A INPUT -s ${ip}/32 -i eth0 -p udp -m udp --dport 53 -j DROP`,
        `-A FORWARD -s ${ip}/32 -m conntrack --ctstate NEW -m comment --comment "ns/svc:${at % 500}" -j KUBE-SERVICES`,
        `-A OUTPUT ! -d ${ip}/32 -o lo -p tcp -m owner --uid-owner ${at % 2000} -j RETURN`,
      ][at % 4],
    );
  }
  lines.push("COMMIT", "");
  return lines.join("\n");
}

const WALKS = 20_000;
const { ruleset } = parse(SIDECAR);
const netns = createNetns({
  rulesets: [ruleset],
  interfaces: [{ name: "eth0", addresses: ["10.244.1.5/24"] }],
  routes: [{ to: "default", via: "10.244.1.1", dev: "eth0" }],
});
const packet = { proto: "tcp", src: "10.244.1.5", sport: 40000, dst: "10.96.0.10", dport: 80, uid: 1000, gid: 1000 };
const packets = Array.from({ length: WALKS }, (_, at) => ({ ...packet, sport: 1024 + (at % 60000) }));

const yardstick =
  median(() => {
    let sum = 0;
    for (let at = 0; at < WALKS * 10; at++) sum += Object.keys({ ...packet, sport: at }).length;
    return sum;
  }) / 10;
const untraced = median(() => {
  for (const one of packets) send(netns, one);
});
const traced = median(() => {
  let events = 0;
  for (const one of packets) send(netns, one, { observer: () => events++ });
});
const series = median(() => simulate(netns, packets));
const beside = (time) => `${(time / yardstick).toFixed(1)} x copying and listing one packet object`;
row("walks, sidecar, app -> 15001, untraced", WALKS / untraced, "walks/s", beside(untraced));
row("the same, with an observer", WALKS / traced, "walks/s", beside(traced));
row(`simulate, ${WALKS.toLocaleString("en")} connections in one namespace`, WALKS / series, "walks/s", beside(series));

const small = rules(10_000);
const large = rules(100_000);
const split = median(() => large.split("\n").map((line) => line.split(" ")).length);
const smallTime = median(() => parse(small));
const largeTime = median(() => parse(large));
row(
  "parse, 100,000 mixed rules",
  100_000 / largeTime,
  "rules/s",
  `${(largeTime / split).toFixed(1)} x splitting the text into words`,
);
row("the same, in bytes", large.length / 1e6 / largeTime, "MB/s", "");
row("10 times the rules take", largeTime / smallTime, "times", "(12 at most is linear enough)");
