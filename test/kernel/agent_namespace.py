"""Private network namespaces without names, and sockets' owners: what is asked of the C library directly."""
import contextlib
import ctypes
import os
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def check(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class Namespaces:
    def __init__(self):
        self.descriptors = {}
        self.current = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def create(self, name):
        if name in self.descriptors:
            raise ValueError(f"namespace {name} exists")
        check(LIBC.unshare(CLONE_NEWNET))
        self.descriptors[name] = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        check(LIBC.setns(self.current, CLONE_NEWNET))

    @contextlib.contextmanager
    def within(self, name):
        outer = self.current
        check(LIBC.setns(self.descriptors[name], CLONE_NEWNET))
        self.current = self.descriptors[name]
        try:
            yield
        finally:
            check(LIBC.setns(outer, CLONE_NEWNET))
            self.current = outer

    @contextlib.contextmanager
    def holder(self, name):
        """A process id inside a namespace: how `ip link … netns PID` is told of one that has no name."""
        with self.within(name):
            process = subprocess.Popen(["sleep", "60"])
        try:
            yield process.pid
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def owner(uid, gid, groups):
    """What sockets made inside belong to.

    `-m owner` reads the file system ids of the credentials that the socket was opened with
    (net/netfilter/xt_owner.c: f_cred->fsuid). Changing only those leaves root its capabilities, which raw
    sockets, SO_MARK and IP_TRANSPARENT need.
    """
    before = os.getgroups()
    os.setgroups(groups)
    LIBC.setfsgid(gid)
    LIBC.setfsuid(uid)
    try:
        yield
    finally:
        LIBC.setfsuid(0)
        LIBC.setfsgid(0)
        os.setgroups(before)
