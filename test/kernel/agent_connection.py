"""Whole connections: listeners with owners, and a client whose connection one of them accepts."""
import select
import socket
import struct
import time

import agent_packet
import agent_socket

SO_ORIGINAL_DST = 80
listeners = {}


def listen(ns, wanted):
    for words in wanted:
        family = 6 if ":" in words["address"] else 4
        stream = {"tcp": True, "udp": False}[words["proto"]]
        made = agent_socket.owned(family, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM, 0, words)
        if family == 6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if words.get("dual") else 1)
        # Not the laboratory's priority: in a session the SYN-ACK of a listener is suppressed like every answer.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 0)
        made.bind((words["address"], words["port"]))
        if stream:
            made.listen(64)
        listeners.setdefault(ns, []).append(made)


def deaf(ns):
    for made in listeners.pop(ns, []):
        made.close()


def original_destination(accepted):
    """What SO_ORIGINAL_DST answers, or null where it refuses (no translation)."""
    four = accepted.family == socket.AF_INET
    try:
        raw = accepted.getsockopt(socket.SOL_IP if four else socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 16 if four else 28)
    except OSError:
        return None
    place = raw[4:8] if four else raw[8:24]
    return {"address": socket.inet_ntop(accepted.family, place), "port": struct.unpack_from("!H", raw, 2)[0]}


def end(name):
    return {"address": name[0], "port": name[1]}


def arrivals(made):
    """What one ready listener received: an accepted connection, or a datagram."""
    if made.type == socket.SOCK_STREAM:
        accepted, peer = made.accept()
        with accepted:
            return {"local": end(accepted.getsockname()), "peer": end(peer), "originalDst": original_destination(accepted)}
    _, peer = made.recvfrom(2000)
    return {"local": end(made.getsockname()), "peer": end(peer), "originalDst": None}


def collect(made, wait):
    """Waits for the first listener that gets something; a TCP connection that is refused ends the wait early."""
    until = time.monotonic() + wait
    homes = {listener: ns for ns, all_of in listeners.items() for listener in all_of}
    pending = [made] if made.type == socket.SOCK_STREAM else []
    while (left := until - time.monotonic()) > 0:
        ready, decided, _ = select.select(list(homes), pending, [], left)
        for listener in ready:
            return {"accepted": {"ns": homes[listener], "port": listener.getsockname()[1], **arrivals(listener)}}
        if decided:
            code = made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                return {"accepted": None, "error": agent_socket.name_of(OSError(code, ""))}
            pending = []
    return {"accepted": None, "error": "timeout"}


def connect(family, words, wait):
    """Opens a connection (TCP), sends a datagram (UDP) or an echo request (ICMP) and tells who got it."""
    kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM, "icmp": socket.SOCK_RAW}[words["proto"]]
    number = agent_packet.protocol_number(family, words) if words["proto"] == "icmp" else 0
    with agent_socket.owned(family, kind, number, words) as made:
        try:
            if "src" in words or "sport" in words:
                made.bind((words.get("src") or agent_socket.wildcard(family), words.get("sport", 0)))
            if words["proto"] == "icmp":
                return ping(made, family, words, wait)
            made.connect_ex((words["dst"], words["dport"]))
            if words["proto"] == "udp":
                made.send(b"question")
        except OSError as error:
            return {"accepted": None, "error": agent_socket.name_of(error)}
        return {**collect(made, wait), "local": end(made.getsockname())}


def ping(made, family, words, wait):
    body = agent_packet.echo(family, words)
    if family == 4:
        body = body[:2] + struct.pack("!H", agent_packet.checksum(body)) + body[4:]
    made.sendto(body, (words["dst"], 0))
    until = time.monotonic() + wait
    while (left := until - time.monotonic()) > 0 and select.select([made], [], [], left)[0]:
        data, peer = made.recvfrom(2000)
        start = (data[0] & 15) * 4 if family == 4 else 0
        if data[start] == (129 if family == 6 else 0):
            return {"accepted": None, "echoed": peer[0]}
    return {"accepted": None, "error": "timeout"}
