#!/usr/bin/env python3
"""An Ethernet switch in user space whose cables are long, and can be cut.

usage: delaying_switch.py MILLISECONDS[:MEGABITS] PORT...

Makes a tap device for each PORT and prints "ready"; the caller moves them into network namespaces. A frame between two ports
arrives MILLISECONDS after it was sent; with MEGABITS, a port sends that many a second, and its next frame waits. Lines on standard input: "cut PORT" drops all of its frames both ways without a word,
"heal PORT" ends that, and the end of the input ends the switch, which takes the devices with it.

tc's netem would do the same where the kernel has it; many kernels of containers and small virtual machines have not.
"""

import fcntl
import heapq
import os
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
FRAME = 65536
# Frames on their way; more than that are lost, as with any switch.
QUEUE = 65536


def open_tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    milliseconds, _, megabits = sys.argv[1].partition(":")
    delay = float(milliseconds) / 1e3
    seconds_a_byte = 8 / (float(megabits) * 1e6) if megabits else 0.0
    fds = {name: open_tap(name) for name in sys.argv[2:]}
    names = {fd: name for name, fd in fds.items()}
    where = {}
    cut = set()
    free_at = dict.fromkeys(fds.values(), 0.0)  # when a port has sent its last frame
    on_their_way = []  # by time of arrival
    count = 0
    print("ready", flush=True)
    os.set_blocking(0, False)
    commands = b""
    while True:
        wait = max(0.0, on_their_way[0][0] - time.monotonic()) if on_their_way else None
        for fd in select.select([0, *names], [], [], wait)[0]:
            if fd == 0:
                text = os.read(0, FRAME)
                if not text:
                    return
                commands += text
                while b"\n" in commands:
                    line, commands = commands.split(b"\n", 1)
                    word, port = line.decode().split()
                    (cut.add if word == "cut" else cut.discard)(port)
                    print(line.decode(), flush=True)
                continue
            try:
                frame = os.read(fd, FRAME)
            except OSError:
                continue
            name = names[fd]
            where[frame[6:12]] = name
            if name not in cut and len(on_their_way) < QUEUE:
                free_at[fd] = max(time.monotonic(), free_at[fd]) + len(frame) * seconds_a_byte
                count += 1
                heapq.heappush(on_their_way, (free_at[fd] + delay, count, name, frame))
        while on_their_way and on_their_way[0][0] <= time.monotonic():
            _, _, source, frame = heapq.heappop(on_their_way)
            known = where.get(frame[:6])
            for name in [known] if known else fds:
                if name == source or name in cut or source in cut:
                    continue
                try:
                    os.write(fds[name], frame)
                except OSError:
                    pass  # the device is down or full: lost


if __name__ == "__main__":
    main()
