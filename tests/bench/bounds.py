# SPDX-License-Identifier: GPL-2.0-only
"""bounds - what the figures are to be, and the names of the cases that say so.

A bound compares the minima of two cases of one run ("base"), or one minimum with a
number; "of" names another than the minimum. "at_most" or "at_least" is the bound; neither: a ratio
that is only shown.
"""


def case(listed, what, who):
    """The name that figures.c gives to a case."""
    return f"{listed}: {what}, {who}"


def per_second(ns):
    return 1e9 / ns


M4, M6 = "IPv4 1 M mixed", "IPv6 1 M mixed"
HOSTS10 = "IPv4 10 M hosts"
SYN, VETH = "random SYN", "drop on veth"
CONNECTION = "a connection that is not steered"
FILE, MEMORY = "fill from file", "memory in use"
NEW = "limited SYN, new source"
RESETS, OPTIONS = "IPv4 reset", "SYN with options"
DAEMON = "daemon"
LOOKUP = "a DNS look-up"

# The least that a table of the same size can cost: the parser, and one line of it.
FLOOR = "parse and one line"

# Ratios that are spoken of elsewhere, too.
RESET = "SYNs of a class that resets, at the default rate, to dropped ones"
RESET_EACH = "SYNs that are reset, each answered whatever the rate, to dropped ones"
STEERING = "a connection that is not steered: with steering to without"

# What each is called; the case; the base: a case, or None for the figure itself; the bound.
BOUNDS = [
    ("a SYN among 1 M IPv4 prefixes, to parsing alone",
     case(M4, SYN, "synward"), case(M4, SYN, "parse only"), {"at_most": 2.0}),
    ("a SYN among 10 M IPv4 hosts, to parsing alone",
     case(HOSTS10, SYN, "synward"), case(HOSTS10, SYN, "parse only"), {"at_most": 2.6}),
    ("a SYN among 1 M IPv6 prefixes, to parsing alone",
     case(M6, SYN, "synward"), case(M6, SYN, "parse only"), {"at_most": 3.0}),
    ("one line of 1 M IPv4 prefixes and parsing, to parsing alone",
     case(M4, SYN, FLOOR), case(M4, SYN, "parse only"), {}),
    ("one line of 10 M IPv4 hosts and parsing, to parsing alone",
     case(HOSTS10, SYN, FLOOR), case(HOSTS10, SYN, "parse only"), {}),
    ("one line of 1 M IPv6 prefixes and parsing, to parsing alone",
     case(M6, SYN, FLOOR), case(M6, SYN, "parse only"), {}),
    ("the same program on LPM_TRIE, 1 M IPv4, to synward",
     case(M4, SYN, "LPM_TRIE"), case(M4, SYN, "synward"), {"at_least": 12.0}),
    ("the same program on LPM_TRIE, 1 M IPv6, to synward",
     case(M6, SYN, "LPM_TRIE"), case(M6, SYN, "synward"), {"at_least": 10.0}),
    ("the same program on HASH, 10 M IPv4 hosts, to synward",
     case(HOSTS10, SYN, "HASH"), case(HOSTS10, SYN, "synward"), {}),
    ("not SMTP, to returning at once",
     case(M4, "not SMTP", "synward"), case(M4, "not SMTP", "return only"), {"at_most": 1.3}),
    ("established SMTP, to returning at once",
     case(M4, "established SMTP", "synward"), case(M4, "established SMTP", "return only"),
     {"at_most": 1.3}),
    ("a limited SYN of a new source, to LRU_HASH",
     case("IPv4 limit", NEW, "synward"), case("IPv4 limit", NEW, "LRU_HASH"), {"at_most": 0.5}),
    (RESET,
     case(RESETS, OPTIONS, "reset at the default rate"), case(RESETS, OPTIONS, "dropped"),
     {"at_most": 1.5}),
    (RESET_EACH,
     case(RESETS, OPTIONS, "reset each"), case(RESETS, OPTIONS, "dropped"), {"at_most": 1.5}),
    ("dropped on veth, 1 M IPv4: ipset to synward",
     case(M4, VETH, "ipset"), case(M4, VETH, "synward"), {"at_least": 8.0}),
    ("dropped on veth, 1 M IPv4: nft to synward",
     case(M4, VETH, "nft"), case(M4, VETH, "synward"), {"at_least": 20.0}),
    ("dropped on veth, 10 k hosts: xdp-filter to synward",
     case("IPv4 10 k hosts", VETH, "xdp-filter"), case("IPv4 10 k hosts", VETH, "synward"), {}),
    (STEERING,
     case(M4, CONNECTION, "with steering"), case(M4, CONNECTION, "without steering"),
     {"at_most": 1.05}),
    ("file of 1 M prefixes to enforced, seconds",
     case(M4, FILE, "synward"), None, {"at_most": 0.5}),
    ("file of 10 M hosts to enforced, seconds",
     case(HOSTS10, FILE, "synward"), None, {"at_most": 5.0}),
    ("file of 1 M prefixes: ipset restore to synward",
     case(M4, FILE, "ipset"), case(M4, FILE, "synward"), {"at_least": 5.0}),
    ("file of 10 M hosts: ipset restore to synward",
     case(HOSTS10, FILE, "ipset"), case(HOSTS10, FILE, "synward"), {"at_least": 5.0}),
    ("kernel memory with 1 M prefixes, MB",
     case(M4, MEMORY, "synward"), None, {"at_most": 140.0, "scale": 1e-6}),
    ("kernel memory with 10 M hosts, MB",
     case(HOSTS10, MEMORY, "synward"), None, {"at_most": 620.0, "scale": 1e-6}),
    ("sources set in a second, IPv4, class in use",
     case(M4, "set a source, class in use", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("sources set in a second, IPv4, new class",
     case(M4, "set a source, new class", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("sources cleared in a second, IPv4",
     case(M4, "clear a source, class in use", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("sources set in a second, IPv6 /64, class in use",
     case(M6, "set a source, class in use", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("sources set in a second, IPv6 /64, new class",
     case(M6, "set a source, new class", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("sources cleared in a second, IPv6 /64",
     case(M6, "clear a source, class in use", "synward"), None,
     {"at_least": 1e6, "convert": per_second}),
    ("verdicts in a second, each durable, one connection: the first 100 k",
     case(DAEMON, "a verdict, in batches of 5000, the first 100 k", "synwardd"), None,
     {"at_least": 1e5, "convert": per_second}),
    ("verdicts in a second, each durable, one connection: up to 1 M",
     case(DAEMON, "a verdict, in batches of 5000, up to 1 M", "synwardd"), None,
     {"convert": per_second}),
    ("one verdict, from acknowledged to in force, ms",
     case(DAEMON, "from acknowledged to in force", "synwardd"), None,
     {"at_most": 5.0, "scale": 1e3}),
    ("from the line that is one too many to the drop, median, ms",
     case("lock", "from the line in the log to the drop", "synwardd"), None,
     {"at_most": 10.0, "scale": 1e3, "of": "median"}),
    ("from the call of the milter that is one too many to the drop, median, ms",
     case("lock", "from the call of the milter to the drop", "synwardd"), None,
     {"at_most": 10.0, "scale": 1e3, "of": "median"}),
    ("restart with 1 M verdicts and 1 M prefixes until it answers, seconds",
     case(DAEMON, "restart with 1 M verdicts and 1 M prefixes", "synwardd"), None,
     {"at_most": 3.0}),
    ("lines of Postfix's log in a second",
     case("mail log", "Postfix, a usual day", "synward"), None,
     {"at_least": 2e5, "convert": per_second}),
    ("lines of Exim's log in a second",
     case("mail log", "Exim, a usual day", "synward"), None,
     {"at_least": 2e5, "convert": per_second}),
    ("lines of refused recipients in a second",
     case("mail log", "refused recipients alone", "synward"), None,
     {"at_least": 2e5, "convert": per_second}),
    ("a look-up at a DNS list, verdict and all: dnsblog's time to synward's",
     case(LOOKUP, "time", "dnsblog"), case(LOOKUP, "time", "synward"), {"at_least": 6.0}),
    ("CPU of a look-up at a DNS list, verdict and all: dnsblog's to synward's",
     case(LOOKUP, "CPU", "dnsblog"), case(LOOKUP, "CPU", "synward"), {"at_least": 8.0}),
    ("sources judged in a second, each by five DNS lists",
     case("DNS", "a source judged by five lists", "synward"), None, {"convert": per_second}),
    ("names of relays that are generic, percent",
     case("rDNS mta-relay", "generic", "synward"), None, {"at_most": 1.0}),
    ("names of customers' lines that are generic, percent",
     case("rDNS auth-client", "generic", "synward"), None, {"at_least": 60.0}),
]
