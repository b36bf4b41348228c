import type { LabPacket } from "../kernel/lab-types.ts";
import type { SetsCase } from "./sets-texts.ts";

const tcp: LabPacket = { proto: "tcp", in: "eth0", src: "10.244.1.9", sport: 40000, dst: "10.244.1.5", dport: 80 };
const ping: LabPacket = { proto: "icmp", in: "eth0", src: "10.244.1.9", dst: "10.244.1.5", id: 7 };

/** How rules change sets, and what they take from them. */
export const CHANGES: Readonly<Record<string, SetsCase>> = {
  adding: {
    sets: `
      create seen hash:ip timeout 600 counters
      add seen 10.244.1.1 timeout 0 packets 9 bytes 9
      create anew hash:ip counters comment
      add anew 10.244.1.1 packets 9 bytes 9 comment "old"
      create full hash:ip maxelem 1
      add full 10.244.1.5
      create pair hash:ip,port`,
    rules: `
      PREROUTING -m set --match-set seen src
      PREROUTING -j SET --add-set seen src
      PREROUTING -m set --match-set seen src
      -j SET --add-set anew src --exist
      -j SET --add-set full src
      -j SET --add-set pair src
      -j SET --add-set pair src,dst`,
    packets: [tcp, { ...tcp, src: "10.244.1.1" }, ping],
    hits: ["PREROUTING 2 3 | INPUT 1 2 3 4", "PREROUTING 1 2 3 | INPUT 1 2 3 4", "PREROUTING 1 2 3 | INPUT 1 2 3 4"],
    held: [
      'add anew 10.244.1.1 packets 1 bytes 40 comment "old"',
      "add anew 10.244.1.9 packets 1 bytes 28",
      "add full 10.244.1.5",
      "add pair 10.244.1.1,tcp:80",
      "add pair 10.244.1.9,icmp:8/0",
      "add pair 10.244.1.9,tcp:80",
      "add seen 10.244.1.1 timeout packets 11 bytes 89",
      "add seen 10.244.1.9 timeout packets 4 bytes 136",
    ],
  },
  lengths: {
    sets: `
      create empty hash:net
      create known hash:net
      add known 10.0.0.0/8
      add known 172.16.0.0/24
      create except hash:net
      add except 10.244.1.0/24 nomatch`,
    rules: `
      -j SET --add-set empty src
      -j SET --add-set known src
      -j SET --del-set known dst
      -j SET --add-set except src --exist`,
    packets: [tcp],
    hits: ["INPUT 1 2 3 4"],
    held: ["add empty 10.244.1.9", "add except 10.244.1.0/24", "add known 10.0.0.0/8", "add known 172.16.0.0/24"],
  },
  mapping: {
    sets: `
      create marks hash:ip skbinfo
      add marks 10.244.1.9 skbmark 0x5/0xf
      add marks 10.244.1.1 skbmark 0x7
      add marks 10.96.0.10`,
    rules: `
      PREROUTING -j MARK --set-mark 0x30
      PREROUTING -j SET --map-set marks src --map-mark
      -m mark --mark 0x35
      -m mark --mark 0x7
      -m mark --mark 0x30`,
    packets: [tcp, { ...tcp, src: "10.244.1.1" }, { ...tcp, src: "10.96.0.10" }, { ...tcp, src: "8.8.8.8" }],
    hits: [
      "PREROUTING 1 2 | INPUT 1",
      "PREROUTING 1 2 | INPUT 2",
      "PREROUTING 1 2 | INPUT 3",
      "PREROUTING 1 2 | INPUT 3",
    ],
  },
  lists: {
    sets: `
      create first hash:ip,port
      create second hash:ip
      create third hash:ip
      create list list:set
      add list first
      add list second
      add list third`,
    rules: `
      -j SET --add-set list src
      -m set --match-set list src
      -j SET --del-set list src
      -m set --match-set list src
      -j SET --add-set list dst,dst`,
    packets: [tcp],
    hits: ["INPUT 1 2 3 5"],
    held: ["add first 10.244.1.5,tcp:80", "add list first", "add list second", "add list third"],
  },
};
