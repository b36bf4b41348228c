"""Makes the ipsets that ambient's node rules name, over netlink: there is no ipset command here.

Kernel: include/uapi/linux/netfilter/ipset/ip_set.h; net/netfilter/ipset/ip_set_core.c, ip_set_create.
"""
import socket
import struct

NETLINK_NETFILTER, SUBSYSTEM, CREATE = 12, 6, 2
PROTOCOL, SETNAME, TYPENAME, REVISION, FAMILY, DATA, NESTED = 1, 2, 3, 4, 5, 7, 0x8000


def attribute(kind, value):
    padding = -len(value) % 4
    return struct.pack("=HH", 4 + len(value), kind) + value + b"\0" * padding


def create(link, name, family):
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    body += attribute(PROTOCOL, b"\x06") + attribute(SETNAME, name.encode() + b"\0")
    body += attribute(TYPENAME, b"hash:ip\0") + attribute(REVISION, b"\0")
    body += attribute(FAMILY, bytes([family])) + attribute(DATA | NESTED, b"")
    flags = 1 | 4  # request, acknowledge
    link.send(struct.pack("=IHHII", 16 + len(body), SUBSYSTEM << 8 | CREATE, flags, 1, 0) + body)
    (error,) = struct.unpack_from("=i", link.recv(4096), 16)
    if error:
        raise SystemExit(f"{name}: errno {-error}")


if __name__ == "__main__":
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as netlink:
        create(netlink, "istio-inpod-probes-v4", socket.AF_INET)
        create(netlink, "istio-inpod-probes-v6", socket.AF_INET6)
