"""Packets as bytes: IPv4 and IPv6 with TCP, UDP or ICMP and right checksums (a wrong one is INVALID to conntrack)."""
import socket
import struct

PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "sctp": 132}
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32, "ECE": 64, "CWR": 128}


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def protocol_number(family, packet):
    name = packet["proto"]
    if name == "icmp" and family == 6:
        name = "icmpv6"
    return PROTOCOLS[name] if name in PROTOCOLS else int(name)


def payload(packet):
    """`data` is hexadecimal; `payload` only says how many bytes."""
    return bytes.fromhex(packet["data"]) if "data" in packet else b"x" * packet.get("payload", 0)


def echo(family, packet):
    """An ICMP message without its checksum: an echo request unless `type` says otherwise, an error if it quotes."""
    if "quoted" in packet:
        return struct.pack("!BBHI", packet["type"], packet["code"], 0, 0) + datagram(family, packet["quoted"])
    kind = packet.get("type", 128 if family == 6 else 8)
    rest = struct.pack("!HH", packet.get("id", 0), packet.get("sequence", 1))
    return struct.pack("!BBH", kind, packet.get("code", 0), 0) + rest + payload(packet)


def segment(family, packet, source, destination):
    """The transport part, checksum included. TCP: sequence number 1000 unless given."""
    number = protocol_number(family, packet)
    if number == 6:
        flags = sum(FLAGS[name] for name in packet.get("flags", ["SYN"]))
        # A window scale option stands behind a no-operation, which makes it four bytes.
        options = bytes([1, 3, 3, packet["windowScale"]]) if "windowScale" in packet else b""
        head = struct.pack("!HHIIBBHHH", packet["sport"], packet["dport"], packet.get("seq", 1000), packet.get("ack", 0), 0x50 + 4 * len(options), flags, packet.get("window", 65000), 0, 0) + options
        place = 16
    elif number == 17:
        head = struct.pack("!HHHH", packet["sport"], packet["dport"], 8 + len(payload(packet)), 0)
        place = 6
    elif number in (1, 58):
        body, place, head = echo(family, packet), 2, None
    else:
        return payload(packet)
    if head is not None:
        body = head + payload(packet)
    pseudo = b"" if number == 1 else source + destination + struct.pack("!II" if family == 6 else "!HH", *((len(body), number) if family == 6 else (number, len(body))))
    total = checksum(pseudo + body)
    return body[:place] + struct.pack("!H", total or (0xFFFF if number == 17 else 0)) + body[place + 2 :]


def datagram(family, packet):
    """The whole packet from its layer 3 header on."""
    kind = socket.AF_INET6 if family == 6 else socket.AF_INET
    source, destination = socket.inet_pton(kind, packet["src"]), socket.inet_pton(kind, packet["dst"])
    body = segment(family, packet, source, destination)
    number, ttl, tos = protocol_number(family, packet), packet.get("ttl", 64), packet.get("tos", 0)
    if family == 6:
        return struct.pack("!IHBB", 6 << 28 | tos << 20, len(body), number, ttl) + source + destination + body
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(body), packet.get("ident", 1), packet.get("fragment", 0), ttl, number, 0, source, destination)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


class Door:
    """A neighbour's device: what is sent out of it arrives on the other end of the veth pair as a frame."""

    def __init__(self, device, mac):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((device, 0))
        self.head = bytes.fromhex(mac.replace(":", "")) + self.socket.getsockname()[4]

    def send(self, family, packet):
        self.socket.send(self.head + struct.pack("!H", 0x86DD if family == 6 else 0x0800) + datagram(family, packet))
