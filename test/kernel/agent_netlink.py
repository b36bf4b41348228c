"""What the kernel tells over netlink: NFLOG copies of packets at the ends of the hooks, and the conntrack table.

Layouts: include/uapi/linux/netfilter/nfnetlink_{log,conntrack}.h.
"""
import socket
import struct

NETLINK_NETFILTER = 12
NLM_REQUEST, NLM_ACK, NLM_DUMP = 1, 4, 0x300
CT_GET, CT_DELETE, LOG_CONFIG = 0x101, 0x102, 0x401
LOG_PACKET = 0x400
PROTOCOL_NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp", 132: "sctp"}
MARKER = 0x88B5  # "local experimental ethertype 1"


def attributes(data):
    """Type → bytes of a netlink attribute list (flag bits removed)."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
    return found


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


def number(data):
    return int.from_bytes(data, "big")


def address(data):
    return socket.inet_ntop(socket.AF_INET if len(data) == 4 else socket.AF_INET6, data)


class Channel:
    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((0, 0))

    def write(self, kind, flags, family, resource, body=b""):
        payload = struct.pack("!BBH", family, 0, resource) + body
        self.socket.send(struct.pack("=IHHII", 16 + len(payload), kind, NLM_REQUEST | flags, 1, 0) + payload)

    def messages(self):
        data, at = self.socket.recv(1 << 17), 0
        while at + 16 <= len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            yield kind, data[at + 16 : at + length]
            at += (length + 3) & ~3

    def ask(self, kind, flags, family, resource=0, body=b""):
        """Sends a request and gives the bodies of all answers up to the acknowledgement or the end of the dump."""
        self.write(kind, flags, family, resource, body)
        answers = []
        while True:
            for answer, content in self.messages():
                if answer in (2, 3):  # NLMSG_ERROR, NLMSG_DONE
                    code = struct.unpack_from("=i", content)[0] if answer == 2 else 0
                    if code:
                        raise OSError(-code, f"netlink request {kind:#x}")
                    return answers
                answers.append(content[4:])


def transport(protocol, body):
    """Ports and TCP's numbers, or for ICMP type, code and id."""
    if protocol in (1, 58):
        kind, code, _, identifier = struct.unpack_from("!BBHH", body)
        return {"type": kind, "code": code, "id": identifier}
    if protocol not in (6, 17, 132):
        return {}
    source, destination = struct.unpack_from("!HH", body)
    numbers = dict(zip(("seq", "ack", "window"), struct.unpack_from("!IIxxH", body, 4))) if protocol == 6 else {}
    return {"sport": source, "dport": destination, **numbers}


def header(packet):
    """The fields of a packet's headers (extension headers of IPv6 are not walked)."""
    if packet[0] >> 4 == 4:
        length, protocol, ends = (packet[0] & 15) * 4, packet[9], (packet[12:16], packet[16:20])
        ttl, tos, total = packet[8], packet[1], number(packet[2:4])
    else:
        length, protocol, ends = 40, packet[6], (packet[8:24], packet[24:40])
        ttl, tos, total = packet[7], number(packet[0:2]) >> 4 & 255, 40 + number(packet[4:6])
    return {"proto": PROTOCOL_NAMES.get(protocol, str(protocol)), "src": address(ends[0]), "dst": address(ends[1]), **transport(protocol, packet[length:]), "ttl": ttl, "tos": tos, "length": total}


def tuple_of(data):
    parts = attributes(data)
    ends, protocol = attributes(parts[1]), attributes(parts[2])
    found = {"src": address(ends.get(1) or ends[3]), "dst": address(ends.get(2) or ends[4])}
    kind = protocol[1][0]
    if kind in (1, 58):
        first = 4 if kind == 1 else 7
        found.update(type=protocol[first + 1][0], code=protocol[first + 2][0], id=number(protocol[first]))
    elif 2 in protocol:
        found.update(sport=number(protocol[2]), dport=number(protocol[3]))
    return found, PROTOCOL_NAMES.get(kind, str(kind)), number(parts.get(3, b""))


def entry(data):
    parts = attributes(data)
    original, protocol, zone_original = tuple_of(parts[1])
    reply, _, zone_reply = tuple_of(parts[2])
    found = {"proto": protocol, "original": original, "reply": reply, "mark": number(parts.get(8, b"")), "zone": number(parts.get(18, b"")), "status": number(parts.get(3, b""))}
    # A zone for both directions is an attribute of the entry, one for a single direction of its tuple.
    if zone_original:
        found["zoneOriginal"] = zone_original
    if zone_reply:
        found["zoneReply"] = zone_reply
    # CTA_PROTOINFO, CTA_PROTOINFO_TCP, CTA_PROTOINFO_TCP_STATE; CTA_TIMEOUT in seconds
    tcp = attributes(attributes(parts.get(4, b"")).get(1, b""))
    if 1 in tcp:
        found["tcp"] = tcp[1][0]
    found["timeout"] = number(parts.get(7, b""))
    return found


class Watch:
    """Eyes in the current namespace: an NFLOG group, ctnetlink, and a pair of sockets on lo for the marker."""

    def __init__(self, group):
        self.log, self.table = Channel(), Channel()
        config = attribute(1, b"\x01") + attribute(2, struct.pack("!IBB", 256, 2, 0)) + attribute(5, struct.pack("!I", 1))
        self.log.ask(LOG_CONFIG, NLM_ACK, 0, group, config)
        self.log.socket.setblocking(False)
        self.marker = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.behind = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(MARKER))
        self.behind.bind(("lo", MARKER))
        self.behind.settimeout(5)

    def settle(self):
        """Returns when what was sent has come to its end.

        veth and lo both put packets into the receive queue of the processor that sends (netif_rx), and this
        process runs on one only: a frame sent over lo now is received after them. The second round is for what
        the first ones put on lo themselves.
        """
        for _ in range(2):
            self.marker.sendto(b"marker", ("lo", MARKER))
            self.behind.recv(100)

    def read(self):
        """What the NFLOG rules saw since the last call."""
        seen = []
        while True:
            try:
                messages = list(self.log.messages())
            except BlockingIOError:
                return seen
            for kind, content in messages:
                if kind != LOG_PACKET:
                    continue
                parts = attributes(content[4:])
                ends = {name: socket.if_indextoname(number(parts[key])) for name, key in (("in", 4), ("out", 5)) if key in parts}
                seen.append({"hook": parts[1][2], **ends, **header(parts[9]), "mark": number(parts.get(2, b""))})

    def conntrack(self, family):
        return [entry(found) for found in self.table.ask(CT_GET, NLM_DUMP, socket.AF_INET6 if family == 6 else socket.AF_INET)]

    def flush(self):
        self.table.ask(CT_DELETE, NLM_ACK, 0)
