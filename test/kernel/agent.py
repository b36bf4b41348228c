#!/usr/bin/python3
"""The laboratory's hands: one process that lives in its private network namespaces.

It reads one JSON request a line on standard input ({"id", "op", ...}) and answers each with one line
({"id", "ok"} or {"id", "error"}). Python because Node can neither enter a namespace, nor choose a socket's
owner, nor read SO_ORIGINAL_DST. The namespaces have no name in /run/netns: they are held by this process
alone, so the kernel removes them with everything in them when it ends, however it ends. It ends when
standard input closes, that is at the latest when its parent dies.
"""
import json
import os
import subprocess
import sys
import tempfile

import agent_connection
import agent_fill
import agent_netlink
import agent_packet
import agent_socket
from agent_namespace import Namespaces

spaces = Namespaces()
lock = tempfile.NamedTemporaryFile(prefix="nfwalk-lab-")
# iptables-legacy serialises all of a host on /run/xtables.lock; ours must neither wait for it nor hold it.
ENVIRONMENT = {**os.environ, "XTABLES_LOCKFILE": lock.name, "LC_ALL": "C"}
eyes = {}
doors = {}


def run(argv, text=None):
    done = subprocess.run(argv, input=text, capture_output=True, text=True, env=ENVIRONMENT)
    return {"code": done.returncode, "out": done.stdout, "err": done.stderr}


def op_namespace(name):
    spaces.create(name)


def op_run(ns, argv, text=None):
    """A command in a namespace. The word NETNS:name in it becomes a number that `ip link … netns` takes."""
    with spaces.within(ns):
        named = [word for word in argv if word.startswith("NETNS:")]
        if not named:
            return run(argv, text)
        with spaces.holder(named[0][6:]) as pid:
            return run([str(pid) if word == named[0] else word for word in argv], text)


def op_sysctl(ns, values):
    """Sets sysctls, answers what they were; what this kernel does not have is answered as null."""
    before = {}
    with spaces.within(ns):
        for name, value in values.items():
            path = "/proc/sys/" + "/".join(part.replace(",", ".") for part in name.split("."))
            try:
                with open(path) as file:
                    before[name] = file.read().strip()
                if before[name] != str(value):
                    with open(path, "w") as file:
                        file.write(str(value))
            except FileNotFoundError:
                before[name] = None
    return before


def op_watch(ns, group):
    with spaces.within(ns):
        eyes[ns] = agent_netlink.Watch(group)


def op_door(ns, device, leads_to, mac):
    """From now on a packet with `in` = leads_to is a frame sent out of `device` in `ns` to that hardware address."""
    with spaces.within(ns):
        doors[leads_to] = agent_packet.Door(device, mac)


def op_packet(ns, family, packet, save, entries=True):
    """Sends one packet, waits until the kernel is done with it, and answers everything that can be seen of it.

    `entries`: with the whole conntrack table, which takes its time if it is a large one.
    """
    eye = eyes[ns]
    refused = None
    with spaces.within(ns):
        held = None
        try:
            if "in" in packet:
                doors[packet["in"]].send(family, packet)
            else:
                held = agent_socket.send(family, packet)
        except OSError as error:
            refused = agent_socket.name_of(error)
        eye.settle()
        if held:
            held.close()
        answer = {"seen": eye.read(), "conntrack": eye.conntrack(family) if entries else [], "save": run(save)["out"]}
    return {**answer, "refused": refused} if refused else answer


def op_save(ns, save):
    with spaces.within(ns):
        return run(save)["out"]


def op_flush(ns):
    eyes[ns].flush()


def op_fill(ns, count, assured):
    with spaces.within(ns):
        return agent_fill.fill(count, assured)


def op_conntrack(ns, family):
    return eyes[ns].conntrack(family)


def op_listen(ns, sockets):
    with spaces.within(ns):
        agent_connection.listen(ns, sockets)


def op_deaf(ns):
    agent_connection.deaf(ns)


def op_connect(ns, family, connection, wait):
    with spaces.within(ns):
        return agent_connection.connect(family, connection, wait)


OPERATIONS = {name[3:]: function for name, function in globals().items() if name.startswith("op_")}


def main():
    if len(sys.argv) > 1:
        # One processor for us and our children: frames and looped packets then pass through one queue in order,
        # and a marker frame behind them tells when they are done (Watch.settle).
        os.sched_setaffinity(0, {int(sys.argv[1]) % os.cpu_count()})
    for line in sys.stdin:
        request = json.loads(line)
        number = request.pop("id")
        try:
            answer = {"id": number, "ok": OPERATIONS[request.pop("op")](**request)}
        except Exception as error:  # the parent must get an answer to every request
            answer = {"id": number, "error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
