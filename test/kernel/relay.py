#!/usr/bin/python3
"""Stand-ins for the processes of a pod: proxies that accept and connect on, applications that answer, and a client.

One argument, JSON: {"family", "place", "log", "folder", "rounds", "actors", "client"}. An actor has a name, the owner
and mark of its listeners, and ports, each with a role:

- outbound: goes on to what `upstreams` has for where the connection was going, else to there; with `hbone` to the port
  15008 of an endpoint that is not `plain`;
- inbound: goes on to where it was going, from `bind`, or from the client's own address (`client`);
- tunnel: the same with the destination and the client that the tunnel carries. What CONNECT says stands in a file of
  `folder`, so that a connection is three packets and nothing else; where nothing stands there it answers;
- dns: asks `resolver`;
- answer: sends back what it gets.

Outbound and inbound refuse what was going to their own port. Each accepted connection, or datagram, is a line of `log`. The proxies of a place open nothing any more once `rounds` of
them were accepted, so that a loop ends. Connections stay open until the process ends: what is counted is handshakes.

It goes to the background once it listens, prints its process id, and ends when the process that started it does. The
client speaks when it gets SIGUSR1, and notes whether what it said came back.
"""
import json
import os
import selectors
import signal
import socket
import struct
import sys

from agent_connection import end, original_destination
from agent_namespace import owner
from agent_socket import family_of, transparent, wildcard

TUNNEL = 15008
# Linux: include/uapi/linux/in.h, in6.h.
PKTINFO = {4: (socket.SOL_IP, 8), 6: (socket.IPPROTO_IPV6, 50)}
RECEIVE_PKTINFO = {4: (socket.SOL_IP, 8), 6: (socket.IPPROTO_IPV6, 49)}
WORDS = b"question"
# Who is not answered gives up before the kernel says its SYN again, which is after one second (RFC 6298).
PATIENCE = 0.6


def made_by(family, proto, words):
    """A socket of the owner, mark and rights in `words`."""
    with owner(words.get("uid", 0), words.get("gid", 0), []):
        made = socket.socket(family_of(family), socket.SOCK_STREAM if proto == "tcp" else socket.SOCK_DGRAM)
    if words.get("mark"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, words["mark"])
    if words.get("transparent"):
        transparent(made, family)
    made.settimeout(PATIENCE)
    return made


def listen(family, actor, port):
    proto = port.get("proto", "tcp")
    made = made_by(family, proto, {**actor, **port})
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((port.get("address", wildcard(family)), port["port"]))
    if proto == "tcp":
        made.listen(64)
    else:
        made.setsockopt(*RECEIVE_PKTINFO[family], 1)
    return made


def read_end(text):
    address, port = text.rsplit(":", 1)
    return {"address": address.strip("[]"), "port": int(port)}


def end_text(place):
    address = f"[{place['address']}]" if ":" in place["address"] else place["address"]
    return f"{address}:{place['port']}"


class Place:
    def __init__(self, words):
        self.words = words
        self.family = words["family"]
        self.selector = selectors.DefaultSelector()
        self.rounds = 0
        self.held = []
        self.client = None
        for actor in words["actors"]:
            for port in actor["ports"]:
                made = listen(self.family, actor, port)
                work = self.accept if port.get("proto", "tcp") == "tcp" else self.receive
                self.selector.register(made, selectors.EVENT_READ, lambda made, work=work, who=(actor, port): work(made, *who))

    def run(self, parent):
        if self.words.get("client"):
            self.begin(self.words["client"])
        while os.path.exists(f"/proc/{parent}"):
            for key, _ in self.selector.select(timeout=1):
                key.data(key.fileobj)

    def note(self, record):
        line = json.dumps({"place": self.words["place"], **record}) + "\n"
        log = os.open(self.words["log"], os.O_WRONLY | os.O_APPEND)
        os.write(log, line.encode())
        os.close(log)

    # --- the client

    def begin(self, words):
        made = made_by(self.family, words["proto"], words)
        self.client = made
        try:
            if "src" in words:
                made.bind((words["src"], 0))
            made.connect((words["dst"], words["dport"]))
        except OSError as error:
            return self.note({"client": "failed", "error": str(error), "local": end(made.getsockname())})
        signal.signal(signal.SIGUSR1, lambda *_: self.speak(made))
        self.note({"client": "connected", "local": end(made.getsockname())})
        if words["proto"] == "udp":
            self.speak(made)

    def speak(self, made):
        try:
            made.send(WORDS)
            self.note({"client": "answered" if made.recv(100) == WORDS else "garbled"})
        except OSError as error:
            self.note({"client": "unanswered", "error": str(error)})

    # --- TCP

    def accept(self, listener, actor, port):
        accepted, peer = listener.accept()
        local = end(accepted.getsockname())
        # As Envoy: SO_ORIGINAL_DST, and a transparent socket's own address where nothing is known of another.
        original = original_destination(accepted) or local
        record = {"by": actor["name"], "port": port["port"], "role": port["role"], "local": local, "peer": end(peer)}
        record["original"] = original
        carried = self.carried(peer[1])
        if port["role"] == "answer" or port["role"] == "tunnel" and carried is None:
            self.note({**record, "role": "answer", "opened": None})
            return self.selector.register(accepted, selectors.EVENT_READ, lambda made: self.carry(made, made))
        self.rounds += 1
        if self.rounds >= self.words["rounds"]:
            self.held.append(accepted)
            return self.note({**record, "opened": None, "cut": True})
        if port["role"] in ("outbound", "inbound") and original["port"] == port["port"]:
            self.held.append(accepted)
            return self.note({**record, "opened": None, "refused": True})
        destination, source, tunnel = self.way_on(actor, port, original, end(peer), carried)
        opened = self.opening(actor, source)
        try:
            # Bound at once, so that its port is known before anybody else hears of the connection.
            opened.bind((source or wildcard(self.family), 0))
            if tunnel:
                with open(os.path.join(self.words["folder"], str(opened.getsockname()[1])), "w") as file:
                    json.dump(tunnel, file)
            self.note({**record, "opened": end(opened.getsockname())})
            record = None
            opened.connect((destination["address"], destination["port"]))
        except OSError as error:
            self.held.append(accepted)
            opened.close()
            if record:
                self.note({**record, "opened": None})
            return self.note({"failed": actor["name"], "error": str(error)})
        self.selector.register(accepted, selectors.EVENT_READ, lambda made: self.carry(made, opened))
        self.selector.register(opened, selectors.EVENT_READ, lambda made: self.carry(made, accepted))

    def carried(self, port):
        """What stands in the tunnel that comes from this port."""
        try:
            with open(os.path.join(self.words["folder"], str(port))) as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def way_on(self, actor, port, original, peer, carried):
        """Where to, from where, and what a tunnel carries: who does not end a tunnel passes its bytes on."""
        if port["role"] == "dns":
            return read_end(actor["resolver"]), None, None
        if port["role"] == "outbound":
            known = actor["upstreams"].get(end_text(original))
            target = read_end(known) if known else original
            if known and actor["hbone"] and known not in actor["plain"]:
                return {**target, "port": TUNNEL}, None, {"destination": target, "client": peer}
            return target, None, carried
        if port["role"] == "tunnel":
            original, peer, carried = carried["destination"], carried["client"], None
        return original, actor["inbound"].get("bind") or peer["address"], carried

    def opening(self, actor, source):
        return made_by(self.family, "tcp", {**actor["opens"], **(actor["inbound"] if source else {})})

    def carry(self, source, sink):
        try:
            data = source.recv(1 << 16)
            if data:
                return sink.sendall(data)
        except OSError:
            pass
        for one in {source, sink}:
            self.selector.unregister(one)
            one.close()

    # --- UDP

    def receive(self, listener, actor, port):
        data, info, _, peer = listener.recvmsg(2000, 256)
        address = next(self.told(data) for level, kind, data in info if (level, kind) == PKTINFO[self.family])
        local = {"address": address, "port": port["port"]}
        record = {"by": actor["name"], "port": port["port"], "role": port["role"], "local": local, "peer": end(peer)}
        if port["role"] == "answer":
            self.note({**record, "original": local, "opened": None})
            return listener.sendto(data, peer)
        self.rounds += 1
        if self.rounds >= self.words["rounds"]:
            return self.note({**record, "original": local, "opened": None, "cut": True})
        made = made_by(self.family, "udp", actor["opens"])
        made.bind((wildcard(self.family), 0))
        self.note({**record, "original": local, "opened": end(made.getsockname())})
        self.selector.register(made, selectors.EVENT_READ, lambda made: listener.sendto(made.recv(2000), peer))
        destination = read_end(actor["resolver"])
        made.sendto(data, (destination["address"], destination["port"]))

    def told(self, data):
        """The address that a datagram was delivered to (struct in_pktinfo, in6_pktinfo)."""
        four = self.family == 4
        return socket.inet_ntop(family_of(self.family), data[8:12] if four else struct.unpack("16s", data[:16])[0])


def main():
    parent = os.getppid()
    place = Place(json.loads(sys.argv[1]))
    child = os.fork()
    if child:
        print(child)
        return
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    try:
        place.run(parent)
    except Exception as error:  # nobody else would say why it is gone
        place.note({"crashed": f"{type(error).__name__}: {error}"})
        # It stays until it is ended, like the others.
        signal.pause()


main()
