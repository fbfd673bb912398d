"""The hostile packets: each family holds what it promises, and the corpus in the repository is this
command's."""

from __future__ import annotations

import struct
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from scapy.layers.inet import ICMP, IP, UDP  # noqa: E402

import flood  # noqa: E402
import hostile  # noqa: E402
from corpus import CORPUS_HEADER, RECORD_HEADER  # noqa: E402
from generators import FAMILIES, random_datagrams  # noqa: E402
from generators.packet import (
    CLIENT,
    CLIENT_PORT,
    SERVER,
    SERVER_PORT,
    Chance,
    payload,
)  # noqa: E402


def family(name: str, seed: int = 1) -> list[bytes]:
    return list(FAMILIES[name](Chance(seed, name)))


def named(packets: list[bytes], name: str) -> bytes:
    (found,) = [packet for packet in packets if name.encode() + b" " in packet]
    return found


def udp_checksum_is_right(packet: bytes) -> bool:
    said = IP(packet)[UDP].chksum
    whole = IP(packet)
    del whole[UDP].chksum
    return bool(said == IP(bytes(whole))[UDP].chksum)


class All(unittest.TestCase):
    def test_the_same_seed_gives_the_same_packets_and_another_seed_others(self) -> None:
        for name in FAMILIES:
            self.assertEqual(family(name, 5), family(name, 5), name)
            self.assertNotEqual(family(name, 5), family(name, 6), name)

    def test_no_family_changes_another(self) -> None:
        alone = [r.datagram for r in hostile.records(1, ["ttl"], 3)]
        among = [
            r.datagram
            for r in hostile.records(1, list(FAMILIES), 3)
            if r.flow == list(FAMILIES).index("ttl")
        ]
        self.assertEqual(alone, among)

    def test_every_payload_tells_its_name_and_no_two_are_alike(self) -> None:
        chance = Chance(1, "x")
        self.assertTrue(payload(chance, "x/y").startswith(b"x/y "))
        self.assertNotEqual(payload(chance, "x/y"), payload(chance, "x/y"))

    def test_each_family_ends_with_one_that_must_be_answered(self) -> None:
        for name in set(FAMILIES) - {"random"}:
            last = IP(family(name)[-1])
            self.assertEqual((last.src, last[UDP].sport), (CLIENT, CLIENT_PORT))
            self.assertEqual((last.dst, last[UDP].dport), (SERVER, SERVER_PORT))
            self.assertTrue(udp_checksum_is_right(bytes(last)), name)


class Malformed(unittest.TestCase):
    def test_checksums_are_wrong_where_they_say_so(self) -> None:
        packets = family("checksum")
        for length in (48, 700):
            for name in ("by-one", "swapped", "inverted", "none"):
                self.assertFalse(
                    udp_checksum_is_right(named(packets, f"checksum/{name}-{length}")), name
                )
            self.assertTrue(udp_checksum_is_right(named(packets, f"checksum/right-{length}")))

    def test_lengths_say_more_less_and_nothing(self) -> None:
        packets = family("lengths")
        said = {struct.unpack_from("!H", packet, 24)[0] for packet in packets if len(packet) >= 28}
        self.assertLessEqual({0, 7, 12, 55, 57, 65535}, said)
        self.assertLessEqual({20, 21, 24, 27}, {len(packet) for packet in packets})

    def test_options_lie_within_a_header_that_counts_them(self) -> None:
        packets = [packet for packet in family("options") if b"/intact " not in packet]
        self.assertGreaterEqual(len(packets), 15)
        for packet in packets:
            length = 4 * (packet[0] & 15)
            self.assertGreater(length, 20)
            self.assertEqual(struct.unpack_from("!HH", packet, length), (CLIENT_PORT, SERVER_PORT))

    def test_every_other_source_port_is_zero(self) -> None:
        self.assertEqual({IP(packet)[UDP].sport for packet in family("source-zero")[::2]}, {0})

    def test_lives_end_here(self) -> None:
        self.assertLessEqual({0, 1, 255}, {IP(packet).ttl for packet in family("ttl")})


class Fragments(unittest.TestCase):
    def pieces(self, name: str) -> list[IP]:
        """All with the identification of those that carry the name."""
        packets = [IP(packet) for packet in family("fragments")]
        numbers = {one.id for one in packets if f"fragments/{name} ".encode() in bytes(one)}
        return [one for one in packets if one.id in numbers]

    def smallest(self) -> list[IP]:
        """Their name does not fit into one."""
        packets = [IP(packet) for packet in family("fragments")]
        (first,) = [one for one in packets if one.frag == 0 and len(one.payload) == 8]
        return [one for one in packets if one.id == first.id]

    def whole(self, pieces: list[IP]) -> bytes:
        return b"".join(bytes(one.payload) for one in sorted(pieces, key=lambda one: int(one.frag)))

    def test_the_orders_are_what_they_are_called(self) -> None:
        for name, backwards in (("in-order", False), ("reversed", True)):
            at = [int(one.frag) for one in self.pieces(name)]
            self.assertGreater(len(at), 5)
            self.assertEqual(at, sorted(at, reverse=backwards))

    def test_what_can_be_put_together_is_a_whole_datagram(self) -> None:
        for pieces in [self.pieces(name) for name in ("in-order", "reversed", "shuffled")] + [
            self.smallest()
        ]:
            self.assertEqual(len(self.whole(pieces)), UDP(self.whole(pieces)).len)
            self.assertEqual(sum("MF" not in one.flags for one in pieces), 1)

    def test_what_overlaps_does(self) -> None:
        pieces = self.pieces("overlapping")
        spans = [(8 * one.frag, 8 * one.frag + len(one.payload)) for one in pieces]
        overlaps = [(a, b) for a in spans for b in spans if a < b and b[0] < a[1]]
        self.assertTrue(overlaps)

    def test_what_is_never_completed_lacks_its_end(self) -> None:
        self.assertTrue(all("MF" in one.flags for one in self.pieces("never-completed")))

    def test_what_goes_beyond_does(self) -> None:
        self.assertTrue(
            any(8 * one.frag + len(one.payload) > 65535 for one in self.pieces("beyond-65535"))
        )


class Spoofed(unittest.TestCase):
    def test_sources_are_foreign_and_our_own(self) -> None:
        sources = {IP(packet).src for packet in family("foreign")}
        self.assertLessEqual(
            {"192.0.2.1", "255.255.255.255", "224.0.0.1", "127.0.0.2", SERVER}, sources
        )

    def test_none_claims_to_be_the_servers_own_socket(self) -> None:
        for name in FAMILIES:
            for packet in map(IP, family(name)):
                if UDP in packet and packet.frag == 0:
                    self.assertNotEqual(packet[UDP].sport, SERVER_PORT, name)


class Icmp(unittest.TestCase):
    def test_errors_quote_an_answer_of_the_server(self) -> None:
        errors = [
            one for one in map(IP, family("icmp")) if ICMP in one and len(one[ICMP].payload) >= 28
        ]
        self.assertGreater(len(errors), 20)
        for one in errors:
            quoted = IP(bytes(one[ICMP].payload))
            self.assertEqual(
                (one.dst, quoted.src, quoted[UDP].sport), (SERVER, SERVER, SERVER_PORT)
            )
        self.assertEqual({one[ICMP].type for one in errors}, {3, 4, 5, 11, 12})


class Random(unittest.TestCase):
    def test_every_kind_of_it_occurs_and_all_lengths(self) -> None:
        packets = list(random_datagrams.packets(Chance(1, "random"), 400))
        lengths = [len(packet) - 28 for packet in packets]
        self.assertTrue(min(lengths) < 60 and max(lengths) > 1400)
        self.assertTrue(any(IP(packet)[UDP].sport == 0 for packet in packets))
        self.assertTrue(any(IP(packet).src.startswith("192.0.") for packet in packets))

    def test_a_longer_run_begins_with_the_shorter_one(self) -> None:
        short, long = (list(random_datagrams.packets(Chance(7, "random"), n)) for n in (5, 10))
        self.assertEqual(short, long[:5])


class Command(unittest.TestCase):
    def test_the_corpus_in_the_repository_is_current(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fresh = Path(folder) / "fresh"
            self.assertEqual(hostile.main(["--corpus", str(fresh)]), 0)
            self.assertEqual(
                fresh.read_bytes(),
                (HERE.parent / "hostile.corpus").read_bytes(),
                "make it again: harness/packets/hostile.py --corpus harness/packets/hostile.corpus",
            )

    def test_the_file_holds_the_families_as_flows(self) -> None:
        data = (HERE.parent / "hostile.corpus").read_bytes()
        self.assertEqual(CORPUS_HEADER.unpack_from(data)[2], len(FAMILIES))
        self.assertEqual(RECORD_HEADER.unpack_from(data, CORPUS_HEADER.size)[0], 0)

    def test_nonsense_is_a_usage_error(self) -> None:
        nonsense: list[list[str]] = [
            [],
            ["--corpus", "x", "--family", "nice"],
            ["--corpus", "x", "--seed", "-1"],
            ["--corpus", "x", "--random", "-1"],
        ]
        for arguments in nonsense:
            with self.assertRaises(SystemExit) as ended, open("/dev/null", "w") as sys.stderr:
                hostile.main(arguments)
            sys.stderr = sys.__stderr__
            self.assertEqual(ended.exception.code, flood.STATUS_USAGE, arguments)

    def test_nothing_forged_leaves_a_machine_with_a_network(self) -> None:
        if hostile.only_lo():
            self.skipTest("this machine has no interface but lo")
        with open("/dev/null", "w") as sys.stderr:
            status = hostile.main(["--live"])
        sys.stderr = sys.__stderr__
        self.assertEqual(status, flood.STATUS_CANNOT_RUN)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
