#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""gro - turn on generic receive offload of an interface, as cards have it: a veth takes what the
XDP program at its other end sends only then, or with a program of its own.

usage: gro.py INTERFACE
"""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL = 0x8946
ETHTOOL_SGRO = 0x2C


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    value = array.array("B", struct.pack("II", ETHTOOL_SGRO, 1))
    request = struct.pack("16sP", sys.argv[1].encode(), value.buffer_info()[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCETHTOOL, request + bytes(24))


if __name__ == "__main__":
    main()
