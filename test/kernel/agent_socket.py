"""Sockets with an owner, a mark and a source: how locally generated packets are sent."""
import errno
import socket
import struct

import agent_packet
from agent_namespace import owner

# What the laboratory sends carries this priority; whatever else the host would say on its own (RST, ICMP errors,
# SYN-ACK, router and group messages) does not, and is dropped before any table. See lab-layout.ts.
PRIORITY = 0x4E460001
IPV6_TRANSPARENT, IP_TRANSPARENT = 75, 19


def name_of(error):
    return errno.errorcode.get(error.errno, str(error))


def family_of(family):
    return socket.AF_INET6 if family == 6 else socket.AF_INET


def wildcard(family):
    return "::" if family == 6 else "0.0.0.0"


def transparent(made, family):
    made.setsockopt(*((socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1) if family == 6 else (socket.SOL_IP, IP_TRANSPARENT, 1)))


def owned(family, kind, protocol, words):
    """A socket of the owner, mark, TTL and TOS that `words` name. Priority last: IP_TOS changes it."""
    with owner(words.get("uid", 0), words.get("gid", 0), words.get("groups", [])):
        made = socket.socket(family_of(family), kind, protocol)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if words.get("mark"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, words["mark"])
    if words.get("transparent"):
        transparent(made, family)
    level = socket.IPPROTO_IPV6 if family == 6 else socket.SOL_IP
    if "ttl" in words:
        made.setsockopt(level, socket.IPV6_UNICAST_HOPS if family == 6 else socket.IP_TTL, words["ttl"])
    if "tos" in words:
        made.setsockopt(level, socket.IPV6_TCLASS if family == 6 else socket.IP_TOS, words["tos"])
    made.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, PRIORITY)
    return made


def source_for(family, packet, number):
    """The source the kernel would choose: what a connected, silent UDP socket is given.

    Zero where the kernel fills it in itself (raw(7), IP_HDRINCL) and no checksum needs it: connect refuses
    destinations under a local route (D4), a raw socket does not (E10).
    """
    if family == 4 and number != 6:
        return "0.0.0.0"
    with owned(family, socket.SOCK_DGRAM, 0, packet) as probe:
        probe.connect((packet["dst"], 9))
        return probe.getsockname()[0]


def send(family, packet):
    """Sends one packet from here, and gives the socket to be closed when the packet has been seen.

    TCP SYN: a connect that is never answered. UDP: unconnected (a connected socket would be found by `-m socket`
    where an unconnected one is not). Other TCP segments and protocols: with the header included, which still
    passes OUTPUT.
    """
    number = agent_packet.protocol_number(family, packet)
    if number == 6 and packet.get("flags", ["SYN"]) == ["SYN"] and "seq" not in packet:
        made = owned(family, socket.SOCK_STREAM, 0, packet)
        work = lambda: made.connect_ex((packet["dst"], packet["dport"]))
    elif number == 17:
        made = owned(family, socket.SOCK_DGRAM, 0, packet)
        work = lambda: made.sendto(agent_packet.payload(packet), (packet["dst"], packet["dport"])) * 0
    elif number in (1, 58):
        made = owned(family, socket.SOCK_RAW, number, packet)
        body = agent_packet.echo(family, packet)
        if number == 1:
            body = body[:2] + struct.pack("!H", agent_packet.checksum(body)) + body[4:]
        work = lambda: made.sendto(body, (packet["dst"], 0)) * 0
    else:
        made = owned(family, socket.SOCK_RAW, socket.IPPROTO_RAW, packet)
        whole = agent_packet.datagram(family, {**packet, "src": packet.get("src") or source_for(family, packet, number)})
        work = lambda: made.sendto(whole, (packet["dst"], 0)) * 0
    try:
        if made.type != socket.SOCK_RAW or number in (1, 58) or "src" in packet:
            port = packet.get("sport", 0) if made.type != socket.SOCK_RAW else 0
            made.bind((packet.get("src") or wildcard(family), port))
        code = work()
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, "connect")
    except OSError:
        made.close()
        raise
    return made
