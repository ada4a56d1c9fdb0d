"""The benchmark of proof measures what it says, at a size that takes a moment."""

from __future__ import annotations

from benchmarks.proof import main


def test_every_figure_is_there_and_nothing_is_missed() -> None:
    figures = main(["--leaves", "300", "--batch", "100", "--flip-every", "4999"])

    assert figures["leaves"] == 300
    assert figures["flipped_bytes"] == figures["flipped_found"] == figures["flipped_named_to_the_byte"]
    assert {"leaves_per_second", "inclusion_p95_ms", "check_seconds", "flip_seconds"} <= figures.keys()
