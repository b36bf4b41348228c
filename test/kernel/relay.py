#!/usr/bin/python3
"""A stand-in for Envoy: accepts, asks SO_ORIGINAL_DST, connects on as its own user, and carries bytes both ways.

One argument, JSON: {"family", "ports", "inbound", "uid", "gid", "bind", "upstreams", "rounds", "log"}. Connections to
the port `inbound` go on to where they were going, from `bind`; others to what `upstreams` has for it ("address port" to
"address port"), else to where they were going. Each accepted connection is a line of `log`. After `rounds` of them it
opens nothing any more, so that a loop ends.

It goes to the background once it listens, prints its process id, and ends when the process that started it does.
"""
import json
import os
import selectors
import socket
import sys

from agent_connection import end, original_destination
from agent_namespace import owner
from agent_socket import family_of, wildcard


def listen(family, port):
    made = socket.socket(family_of(family), socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((wildcard(family), port))
    made.listen(64)
    return made


class Relay:
    def __init__(self, words):
        self.words = words
        self.log = open(words["log"], "w")
        self.selector = selectors.DefaultSelector()
        self.rounds = 0
        for port in words["ports"]:
            self.selector.register(listen(words["family"], port), selectors.EVENT_READ, ("listener", port))

    def run(self, parent):
        while os.path.exists(f"/proc/{parent}"):
            for key, _ in self.selector.select(timeout=1):
                kind, other = key.data
                if kind == "listener":
                    self.accept(key.fileobj, other)
                else:
                    self.carry(key.fileobj, other)

    def accept(self, listener, port):
        accepted, peer = listener.accept()
        dialled = original_destination(accepted) or end(accepted.getsockname())
        record = {"port": port, "local": end(accepted.getsockname()), "peer": end(peer), "original": dialled}
        self.rounds += 1
        if self.rounds >= self.words["rounds"]:
            self.note({**record, "opened": None})
            return accepted.close()
        try:
            opened = self.open(port, dialled)
        except OSError as error:
            self.note({**record, "opened": None, "error": str(error)})
            return accepted.close()
        self.note({**record, "opened": end(opened.getsockname())})
        opened.connect(self.destination(port, dialled))
        self.selector.register(accepted, selectors.EVENT_READ, ("pair", opened))
        self.selector.register(opened, selectors.EVENT_READ, ("pair", accepted))

    def destination(self, port, dialled):
        place = f"{dialled['address']} {dialled['port']}"
        address, number = (place if port == self.words["inbound"] else self.words["upstreams"].get(place, place)).split()
        return address, int(number)

    def open(self, port, dialled):
        family = self.words["family"]
        with owner(self.words["uid"], self.words["gid"], []):
            made = socket.socket(family_of(family), socket.SOCK_STREAM)
        made.settimeout(2)
        # Bound at once, so that its port is known before anybody else hears of the connection.
        made.bind((self.words["bind"] if port == self.words["inbound"] else wildcard(family), 0))
        return made

    def carry(self, source, sink):
        try:
            data = source.recv(1 << 16)
            if data:
                return sink.sendall(data)
        except OSError:
            pass
        for one in (source, sink):
            self.selector.unregister(one)
            one.close()

    def note(self, record):
        self.log.write(json.dumps(record) + "\n")
        self.log.flush()


def main():
    parent = os.getppid()
    relay = Relay(json.loads(sys.argv[1]))
    child = os.fork()
    if child:
        print(child)
        return
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    relay.run(parent)


main()
