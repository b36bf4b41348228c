import type { LabPacket } from "../kernel/lab-types.ts";
import { CHANGES } from "./sets-changes.ts";
import type { SetsCase } from "./sets-texts.ts";

const tcp: LabPacket = { proto: "tcp", in: "eth0", src: "10.244.1.9", sport: 40000, dst: "10.244.1.5", dport: 80 };
const udp: LabPacket = { ...tcp, proto: "udp", payload: 4 };
const ping: LabPacket = { proto: "icmp", in: "eth0", src: "10.244.1.9", dst: "10.244.1.5", id: 7 };
const other: LabPacket = { proto: "253", in: "eth0", src: "10.244.1.9", dst: "10.244.1.5", payload: 4 };
const local: LabPacket = { proto: "tcp", sport: 40000, dst: "127.0.0.1", dport: 80, uid: 1000, gid: 1000 };

/** What was asked of sets, by its name. */
export const CASES: Readonly<Record<string, SetsCase>> = {
  ...CHANGES,
  dimensions: {
    sets: `
      create one hash:ip
      add one 10.244.1.9
      create two hash:ip,port
      add two 10.244.1.5,tcp:80
      create list list:set
      add list two
      add list one`,
    rules: `
      -m set --match-set two dst
      -m set ! --match-set two dst
      -m set --match-set two dst,dst
      -m set --match-set two dst,dst,src
      -m set --match-set one src,dst
      -m set --match-set list src
      -m set --match-set list dst,dst
      -m set --match-set list dst`,
    packets: [tcp],
    hits: ["INPUT 2 3 4 5 6 7"],
  },
  family: {
    family: 6,
    sets: `
      create four hash:ip family inet
      add four 10.244.1.9
      create six hash:ip family inet6
      add six fd00:10:244:1::9
      create ports bitmap:port range 0-100
      add ports 80
      create list list:set
      add list four
      add list six`,
    rules: `
      -m set --match-set six src
      -m set --match-set ports dst
      -m set --match-set list src
      -j SET --add-set list dst`,
    packets: [{ ...tcp, src: "fd00:10:244:1::9", dst: "fd00:10:244:1::5" }],
    hits: ["INPUT 1 2 3 4"],
    held: [
      "add four 10.244.1.9",
      "add list four",
      "add list six",
      "add ports 80",
      "add six fd00:10:244:1::5",
      "add six fd00:10:244:1::9",
    ],
  },
  headers: {
    sets: `
      create own hash:ip,port
      add own 10.244.1.5,tcp:80
      create proxy hash:ip,port
      add proxy 10.244.1.5,tcp:8080
      create lo hash:ip
      add lo 127.0.0.1`,
    rules: `
      PREROUTING -m set --match-set own dst,dst
      PREROUTING -m set --match-set proxy dst,dst
      -m set --match-set own dst,dst
      -m set --match-set proxy dst,dst
      OUTPUT -m set --match-set lo src
      OUTPUT -m set --match-set own src,src
      PREROUTING -m set --match-set lo src
      -m set --match-set lo dst
      nat PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080`,
    packets: [tcp, local, { proto: "tcp", src: "10.244.1.5", sport: 80, dst: "10.244.1.9", dport: 9, uid: 0, gid: 0 }],
    hits: ["PREROUTING 1 | INPUT 2", "OUTPUT 1 | PREROUTING 3 | INPUT 3", "OUTPUT 2"],
  },
  nets: {
    sets: `
      create nets hash:net
      add nets 10.0.0.0/8
      add nets 10.244.1.0/24 nomatch
      add nets 10.244.1.9/32
      create plain hash:ip
      add plain 10.244.1.9`,
    rules: `
      -m set --match-set nets src
      -m set ! --match-set nets src
      -m set --match-set nets src --return-nomatch
      -m set ! --match-set nets src --return-nomatch
      -m set --match-set plain src --return-nomatch`,
    packets: [tcp, { ...tcp, src: "10.244.1.1" }, { ...tcp, src: "10.9.9.9" }, { ...tcp, src: "8.8.8.8" }],
    hits: ["INPUT 1 4 5", "INPUT 2 3", "INPUT 1 4", "INPUT 2 4"],
  },
  pairs: {
    sets: `
      create pair hash:ip,port,net
      add pair 10.244.1.5,tcp:80,10.244.0.0/16
      add pair 10.244.1.5,tcp:80,10.244.1.0/30 nomatch`,
    rules: `
      -m set --match-set pair dst,dst,src
      -m set --match-set pair src,dst,dst`,
    packets: [tcp, { ...tcp, src: "10.244.1.1" }, udp],
    hits: ["INPUT 1", "", ""],
  },
  ports: {
    sets: `
      create mixed hash:ip,port
      add mixed 10.244.1.5,udp:80
      add mixed 10.244.1.5,icmp:echo-request
      add mixed 10.244.1.5,253:0
      create bits bitmap:port range 80-40000
      add bits 80
      add bits 40000`,
    rules: `
      -m set --match-set mixed dst,dst
      -m set --match-set mixed dst,src
      -m set --match-set bits dst
      -m set --match-set bits src`,
    packets: [tcp, udp, ping, other, { ...udp, sport: 80, dport: 9 }],
    hits: ["INPUT 3 4", "INPUT 1 3 4", "INPUT 1 2", "INPUT 1 2", "INPUT 2 4"],
  },
  devices: {
    sets: `
      create there hash:net,iface
      add there 10.244.1.0/24,eth0
      add there 0.0.0.0/0,eth1
      create near hash:net,iface
      add near 10.244.0.0/16,eth0
      add near 10.244.1.0/24,eth1
      create wild hash:net,iface
      add wild 10.0.0.0/8,eth wildcard
      create port hash:net,iface
      add port 10.0.0.0/8,physdev:eth0`,
    rules: `
      -m set --match-set there src,src
      -m set --match-set there src,dst
      -m set --match-set near src,src
      -m set --match-set wild src,src
      -m set --match-set port src,src
      FORWARD -m set --match-set there src,src
      FORWARD -m set --match-set there dst,dst
      FORWARD -m set --match-set there src,dst
      POSTROUTING -m set --match-set there src,src`,
    packets: [tcp, { ...tcp, dst: "192.168.77.9" }, { ...tcp, src: "10.243.1.1" }],
    hits: ["INPUT 1 4", "FORWARD 1 2 | POSTROUTING 1", "INPUT 4"],
  },
  counters: {
    sets: `
      create counted hash:ip counters
      add counted 10.244.1.9 packets 1 bytes 100
      create still hash:ip counters
      add still 10.244.1.9
      create without hash:ip
      add without 10.244.1.9`,
    rules: `
      -m set --match-set counted src --packets-gt 2
      -m set ! --match-set counted src -m set --match-set without src
      -m set --match-set still src ! --update-counters
      -m set --match-set without src --packets-gt 100`,
    packets: [tcp, tcp],
    hits: ["INPUT 3 4", "INPUT 1 3 4"],
    held: [
      "add counted 10.244.1.9 packets 5 bytes 260",
      "add still 10.244.1.9 packets 0 bytes 0",
      "add without 10.244.1.9",
    ],
  },
  subcounters: {
    sets: `
      create inner hash:ip counters
      add inner 10.244.1.9
      create list list:set counters
      add list inner`,
    rules: `
      -m set --match-set list src
      -m set --match-set list src ! --update-subcounters
      -m set --match-set list src ! --update-counters
      -m set --match-set list src --packets-gt 100`,
    packets: [tcp],
    hits: ["INPUT 1 2 3"],
    held: ["add inner 10.244.1.9 packets 2 bytes 80", "add list inner packets 3 bytes 120"],
  },
  hardware: {
    sets: `
      create macs bitmap:ip,mac range 10.244.1.0/24
      add macs 10.244.1.9
      add macs 10.244.1.5
      create lo bitmap:ip,mac range 127.0.0.0/24
      add lo 127.0.0.1`,
    rules: `
      PREROUTING -m set --match-set macs src,src
      PREROUTING -m set --match-set lo dst,src
      OUTPUT -m set --match-set macs src,src
      OUTPUT -m set --match-set lo dst,src`,
    packets: [tcp, local, { proto: "udp", sport: 1, dst: "10.244.1.1", dport: 9, payload: 4, uid: 0, gid: 0 }],
    hits: ["PREROUTING 1", "", ""],
  },
  masks: {
    sets: `
      create wide hash:ip netmask 24
      add wide 10.244.1.77
      create odd hash:ip bitmask 255.0.0.255
      add odd 10.1.1.9
      create bits bitmap:ip range 10.244.0.0/16 netmask 24
      add bits 10.244.1.77
      create zero hash:ip netmask 1
      create zeros hash:ip,port netmask 1
      create plain hash:ip,port,ip`,
    rules: `
      -m set --match-set wide src
      -m set --match-set odd src
      -m set --match-set bits src
      -j SET --add-set zero src
      -j SET --add-set zeros src,src
      -j SET --add-set plain src,src,dst`,
    packets: [tcp, { ...tcp, src: "10.96.0.9" }],
    hits: ["INPUT 1 2 3 4 5 6", "INPUT 2 4 5 6"],
    held: [
      "add bits 10.244.1.0",
      "add odd 10.0.0.9",
      "add plain 10.244.1.9,tcp:40000,10.244.1.5",
      "add plain 10.96.0.9,tcp:40000,10.244.1.5",
      "add wide 10.244.1.0",
    ],
  },
};
