"""The bytes of payloads and corpora."""

from __future__ import annotations

import struct
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import flood  # noqa: E402
from corpus import (
    CORPUS_HEADER,
    PAYLOAD_MIN,
    RECORD_HEADER,
    Plan,
    checksum,
    payload,
    write_corpus,
)  # noqa: E402


class Payload(unittest.TestCase):
    def test_it_has_the_length_it_says(self) -> None:
        for length in (48, 49, 55, 56, 57, 1472, 65507):
            datagram = payload(7, 3, 5, length)
            self.assertEqual(len(datagram), length)
            self.assertEqual(struct.unpack_from("<QQQQII", datagram, 8), (7, 5, 0, 0, 3, length))

    def test_every_bit_counts_in_the_checksum(self) -> None:
        datagram = payload(7, 3, 5, 61)
        right = struct.unpack_from("<I", datagram, 4)[0]
        self.assertEqual(checksum(datagram), right)
        for bit in range(len(datagram) * 8):
            if 32 <= bit < 64:
                continue  # the checksum itself
            changed = bytearray(datagram)
            changed[bit // 8] ^= 1 << bit % 8
            self.assertNotEqual(checksum(bytes(changed)), right, bit)

    def test_lengths_that_cannot_be_are_refused(self) -> None:
        for length in (0, PAYLOAD_MIN - 1, 65508):
            with self.assertRaises(ValueError):
                payload(1, 0, 0, length)


class Corpus(unittest.TestCase):
    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self) -> None:
        self.assertEqual(Plan(5).records(), Plan(5).records())
        self.assertNotEqual(Plan(5).records(), Plan(6).records())
        self.assertNotEqual(Plan(5).nonce, Plan(6).nonce)

    def test_every_flow_counts_up_and_keeps_its_port(self) -> None:
        sequences = [0] * 40
        for record in Plan(1).records():
            self.assertEqual(record.port, record.flow % 10)
            self.assertEqual(
                struct.unpack_from("<Q", record.datagram, 16)[0], sequences[record.flow]
            )
            sequences[record.flow] += 1
        self.assertTrue(all(sequences), "every flow takes part")

    def test_the_file_holds_what_was_planned(self) -> None:
        plan = Plan(2, flows=3, ports=2, count=10)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "corpus"
            write_corpus(path, plan, plan.records())
            data = path.read_bytes()
        self.assertEqual(CORPUS_HEADER.unpack_from(data), (b"EWCORPUS", 1, 3, plan.nonce, 2, 10))
        at = CORPUS_HEADER.size
        for record in plan.records():
            self.assertEqual(
                RECORD_HEADER.unpack_from(data, at),
                (record.flow, record.port, 0, len(record.datagram)),
            )
            at += RECORD_HEADER.size + len(record.datagram)
        self.assertEqual(at, len(data))


class CommandLine(unittest.TestCase):
    def test_nonsense_is_a_usage_error(self) -> None:
        nonsense: list[list[str]] = [
            [],
            ["--corpus", "x", "--ports", "2000-70000"],
            ["--corpus", "x", "--sizes", "1-2"],
            ["--corpus", "x", "--ports", "2000"],
            ["--live", "x", "--address", "192.0.2.1"],
        ]
        for arguments in nonsense:
            with self.assertRaises(SystemExit) as ended, open("/dev/null", "w") as sys.stderr:
                flood.main(arguments)
            sys.stderr = sys.__stderr__
            self.assertEqual(ended.exception.code, flood.STATUS_USAGE, arguments)

    def test_a_full_disk_is_reported(self) -> None:
        if not Path("/dev/full").exists():
            self.skipTest("no /dev/full on this platform")
        with open("/dev/null", "w") as sys.stderr:
            status = flood.main(["--corpus", "/dev/full", "--count", "1"])
        sys.stderr = sys.__stderr__
        self.assertEqual(status, flood.STATUS_CANNOT_RUN)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
