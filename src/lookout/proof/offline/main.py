"""The verifier's command line."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from lookout.proof.offline.certificates import Certificate, read_pem
from lookout.proof.offline.report import CANNOT_READ, as_record, as_text, verify
from lookout.proof.offline.seals import Outside, Published
from lookout.proof.offline.words import UnreadableError

PUBLISHED = re.compile(r"(\d{1,18}):([0-9a-fA-F]{64})")


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify one package as the arguments say; print the verdict and return the exit code."""
    chosen = _parser().parse_args(arguments)
    _write_anything()
    try:
        outside = read_outside(chosen.root, chosen.published, chosen.head, chosen.consistency, chosen.file)
        with open(chosen.package, "rb") as handle:
            verdict = verify(handle, os.fstat(handle.fileno()).st_size, outside)
    except (OSError, UnreadableError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return CANNOT_READ
    if chosen.json:
        sys.stdout.write(json.dumps(as_record(verdict), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(as_text(verdict, chosen.lang))
    return verdict.code


def read_outside(
    roots: Sequence[str],
    published: Sequence[str],
    heads: Sequence[str],
    consistency: str | None,
    files: Sequence[str],
) -> Outside:
    """Read what was brought along. Raises OSError, ValueError, KeyError or TypeError where it is not what it must be."""
    certificates: list[Certificate] = []
    for name in roots:
        certificates += read_pem(_read(name))
    wanted: list[Published] = []
    for text in published:
        match = PUBLISHED.fullmatch(text)
        if not match:
            raise ValueError("--published SIZE:ROOT, 记录数:根值（64 位十六进制）")
        wanted.append(Published(int(match.group(1)), match.group(2).lower()))
    for name in heads:
        head = json.loads(json.loads(_read(name).decode("utf-8"))["head"])
        wanted.append(Published(int(head["size"]), str(head["root"])))
    proof: dict[str, Any] | None = json.loads(_read(consistency).decode("utf-8")) if consistency else None
    return Outside(certificates, wanted, proof, [_digest(name) for name in files])


def _read(name: str) -> bytes:
    with open(name, "rb") as handle:
        return handle.read()


def _digest(name: str) -> tuple[str, str]:
    digest = hashlib.sha256()
    with open(name, "rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return name, digest.hexdigest()


def _write_anything() -> None:
    """Let a console that lacks a character show another instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="核验瞭望取证包 · verify a Lookout evidence package",
        epilog="0 通过 verified · 3 有项目没有依据可核 not all checkable · 1 有问题 wrong · 2 读不懂 unreadable",
    )
    parser.add_argument("package", help="取证包 the package (.zip)")
    parser.add_argument("--root", action="append", default=[], help="可信的根证书 a root to trust (PEM)")
    parser.add_argument(
        "--published", action="append", default=[], help="公布的根值 a published root, SIZE:ROOT"
    )
    parser.add_argument("--head", action="append", default=[], help="公布的签名头 a published head (JSON)")
    parser.add_argument("--consistency", help="两个根值之间的证明 what leads from one root to another (JSON)")
    parser.add_argument(
        "--file", action="append", default=[], help="包外的原件 a file kept elsewhere, to compare"
    )
    parser.add_argument("--lang", choices=["zh", "en"], default="zh", help="语言 language")
    parser.add_argument("--json", action="store_true", help="输出 JSON for programs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
