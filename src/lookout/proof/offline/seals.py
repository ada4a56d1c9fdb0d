"""What the package proves of its items: entries, tree, head, signatures and time stamps."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from lookout.proof.offline.certificates import Certificate, algorithm_of, is_signed, read_pem, show_time
from lookout.proof.offline.contents import Contents
from lookout.proof.offline.manifest import read_canonical
from lookout.proof.offline.stamps import read_stamp
from lookout.proof.offline.trees import leaf_hash, verify_consistency, verify_inclusion
from lookout.proof.offline.trust import Trust
from lookout.proof.offline.words import LIMIT, UNCHECKED, WRONG, Finding, UnreadableError

HEAD, HEAD_SIGNATURE, PROOF = "head.json", "head.sig", "proof.json"
HEAD_WORDS = "lookout log head"
ITEMS, CERTIFICATES, FILE_LIST = "items/", "certificates/", "manifest.json"
CLOCKS_DIFFER, STAMPED_WITHIN = timedelta(minutes=5), timedelta(days=1)


class Published(NamedTuple):
    """A root that was published elsewhere."""

    size: int
    root: str


class Outside(NamedTuple):
    """What whoever verifies brings along."""

    roots: list[Certificate]
    published: list[Published]
    consistency: dict[str, Any] | None
    files: list[tuple[str, str]]  # name and SHA-256


class Told(NamedTuple):
    """What the package says and proves, for the report."""

    head: dict[str, Any]
    entries: list[dict[str, Any]]
    stamps: list[dict[str, Any]]
    signers: list[dict[str, Any]]


class Seals:
    """The checks, one after the other; each adds to findings."""

    def __init__(self, contents: Contents, outside: Outside) -> None:
        self._contents = contents
        self._outside = outside
        self.findings: list[Finding] = []
        self.told = Told({}, [], [], [])
        self._trust = Trust(outside.roots, self._certificates())
        self._head_at: datetime | None = None
        self._size, self._root = 0, b""

    def check(self) -> None:
        """Check everything; what cannot be read is a finding and the rest goes on."""
        steps = (
            (PROOF, self._read_head),
            (PROOF, self._check_stamps),
            (HEAD, self._check_head),
            (PROOF, self._check_entries),
            (PROOF, self._check_items),
            (PROOF, self._check_history),
            ("manifest.json", self._check_package_signer),
        )
        for where, step in steps:
            try:
                step()
            except UnreadableError as error:
                self._wrong(where, error.code, place=error.place, **error.fields)
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
                self._wrong(where, "field", field=str(error), why=type(error).__name__)

    def _wrong(self, where: str, code: str, **fields: Any) -> None:
        self._add(WRONG, where, code, **fields)

    def _add(self, level: str, where: str, code: str, **fields: Any) -> None:
        member = self._contents.places.get(where)
        span = (member.start, member.start + member.size) if member and level == WRONG else None
        self.findings.append(Finding(level, code, where, span, fields))

    def _need(self, name: str) -> bytes:
        content = self._contents.get(name)
        if content is None:
            raise UnreadableError("field", field=name, why="missing")
        return content

    def _certificates(self) -> list[Certificate]:
        found: list[Certificate] = []
        for name in sorted(self._contents.records()):
            if name.startswith(CERTIFICATES) and name.endswith(".pem"):
                try:
                    found += read_pem(self._need(name))
                except UnreadableError as error:
                    fields = {"place": error.place, "why": error.code, **error.fields}
                    self.findings.append(Finding(WRONG, "certificate", name, None, fields))
        return found

    def _read_head(self) -> None:
        head = read_canonical(self._need(HEAD))
        if head["what"] != HEAD_WORDS:
            raise UnreadableError("field", field="what", why=str(head["what"]))
        self._head_at = datetime.fromisoformat(head["at"])
        self._size, self._root = int(head["size"]), bytes.fromhex(head["root"])
        self.told.head.update(head)

    def _check_stamps(self) -> None:
        stamped = False
        for line in read_canonical(self._need(PROOF))["tokens"]:
            name, of = line["file"], line["of"]
            stamped = stamped or of == HEAD
            try:
                self._check_stamp(name, of)
            except UnreadableError as error:
                self._wrong(name, error.code, place=error.place, **error.fields)
        if not stamped:
            self._add(UNCHECKED, HEAD, "token_missing")

    def _check_stamp(self, name: str, of: str) -> None:
        # By the manifest: that the content has this digest was checked, and is told once.
        digest = bytes.fromhex(self._contents.records()[of]["sha256"])
        stamp = read_stamp(self._need(name), digest, self._trust.packed)
        for code, fields in stamp.problems:
            self._wrong(name, code, **fields)
        self.findings += self._trust.check(stamp.signer, stamp.others, stamp.at, name)
        told = {"of": of, "at": show_time(stamp.at), "serial": format(stamp.serial, "x")}
        self.told.stamps.append(
            {**told, "authority": stamp.signer.name, "policy": stamp.policy, "file": name}
        )
        if of == HEAD and self._head_at is not None:
            times = {"stamp": show_time(stamp.at), "said": show_time(self._head_at)}
            if stamp.at < self._head_at - CLOCKS_DIFFER:
                self._wrong(name, "token_early", **times)
            elif stamp.at > self._head_at + STAMPED_WITHIN:
                self._wrong(name, "token_far", **times)

    def _check_head(self) -> None:
        said = read_canonical(self._need(PROOF))["head"]
        signer, *others = read_pem(self._need(said["certificate"]))
        self._check_signature(HEAD, said["algorithm"], signer, HEAD_SIGNATURE)
        if self._head_at is not None:
            self.findings += self._trust.check(signer, others, self._head_at, said["certificate"])
        self.told.signers.append(signer_record("head", signer, said["algorithm"]))

    def _check_signature(self, signed: str, algorithm: str, signer: Certificate, signature: str) -> None:
        if not is_signed(signer.key, algorithm_of(algorithm), self._need(signed), self._need(signature)):
            self._wrong(signed, "signature", algorithm=algorithm, what=signed)

    def _check_package_signer(self) -> None:
        """Follow the signer of the manifest; the signature itself was checked when it was opened."""
        said = self._contents.manifest["signed"]
        signer, *others = read_pem(self._need(said["certificate"]))
        at = datetime.fromisoformat(self._contents.manifest["made_at"])
        self.findings += self._trust.check(signer, others, at, said["certificate"])
        self.told.signers.append(signer_record("package", signer, said["algorithm"]))

    def _check_entries(self) -> None:
        for seal in read_canonical(self._need(PROOF))["seals"]:
            leaf, index = seal["leaf"].encode("utf-8"), int(seal["index"])
            path = [bytes.fromhex(step) for step in seal["path"]]
            entry = read_canonical(leaf)
            if not verify_inclusion(leaf_hash(leaf), index, self._size, path, self._root):
                self._wrong(PROOF, "inclusion", index=index, size=self._size)
            at = datetime.fromisoformat(entry["at"])
            if self._head_at is not None and at > self._head_at:
                self._wrong(PROOF, "late_entry", entry=show_time(at), head=show_time(self._head_at))
            self.told.entries.append({**entry, "index": index, "items": []})

    def _check_items(self) -> None:
        records = {
            name[len(ITEMS) :]: record
            for name, record in self._contents.records().items()
            if name.startswith(ITEMS)
        }
        by_digest = {entry["sha256"]: entry for entry in self.told.entries}
        listed: dict[str, tuple[str, dict[str, Any]]] = {}
        for name, record in records.items():
            if record["sha256"] in by_digest and posixpath.basename(name) == FILE_LIST:
                listed.update(self._listed(name, by_digest[record["sha256"]], records))
        for name, record in records.items():
            entry = by_digest.get(record["sha256"])
            if entry is not None and entry["sm3"] != record["sm3"]:
                self._wrong(ITEMS + name, "sm3_of_entry")
            if entry is None and name in listed and listed[name][0] == record["sha256"]:
                entry = listed[name][1]
            if entry is None:
                self._wrong(ITEMS + name, "not_sealed")
            else:
                entry["items"].append(name)
        self._check_outside_files(by_digest)

    def _listed(
        self, name: str, entry: dict[str, Any], records: dict[str, Any]
    ) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return, by name, the digest and the entry of the items that a sealed list of files names."""
        found = {}
        content = self._contents.get(ITEMS + name) or b""
        for line in _lines_of_list(content):
            path = posixpath.join(posixpath.dirname(name), line["name"])
            found[path] = (line["sha256"], entry)
            if path not in records:
                self._add(LIMIT, ITEMS + name, "listed_absent", name=path)
        return found

    def _check_outside_files(self, by_digest: dict[str, dict[str, Any]]) -> None:
        for name, digest in self._outside.files:
            if digest in by_digest:
                by_digest[digest]["items"].append(name)
            else:
                self._wrong(name, "file_of_nothing", sha256=digest)
        for entry in self.told.entries:
            if not entry["items"]:
                fields = {"index": entry["index"], "sha256": entry["sha256"]}
                self._add(UNCHECKED, PROOF, "seal_without_item", **fields)

    def _check_history(self) -> None:
        known = {self._size: self._root.hex()}
        for old in read_canonical(self._need(PROOF))["earlier"]:
            root, path = bytes.fromhex(old["root"]), [bytes.fromhex(step) for step in old["path"]]
            if verify_consistency(int(old["size"]), root, self._size, self._root, path):
                known[int(old["size"])] = old["root"]
            else:
                self._wrong(PROOF, "earlier", size=int(old["size"]))
        for one in self._outside.published:
            self._compare(one, known)
        if not self._outside.published:
            self._add(LIMIT, HEAD, "history")

    def _compare(self, one: Published, known: dict[int, str]) -> None:
        proof = self._outside.consistency
        if one.size in known:
            if known[one.size] != one.root:
                self._wrong(HEAD, "published", size=one.size, said=one.root, found=known[one.size])
            return
        pair = sorted([(one.size, bytes.fromhex(one.root)), (self._size, self._root)])
        if proof is None or [int(proof["old"]), int(proof["new"])] != [size for size, _ in pair]:
            self._add(UNCHECKED, HEAD, "published_alone", size=one.size, own=self._size)
            return
        path = [bytes.fromhex(step) for step in proof["path"]]
        if not verify_consistency(pair[0][0], pair[0][1], pair[1][0], pair[1][1], path):
            self._wrong(HEAD, "earlier", size=pair[0][0])


def signer_record(what: str, certificate: Certificate, algorithm: str) -> dict[str, Any]:
    return {
        "of": what,
        "name": certificate.name,
        "serial": format(certificate.serial, "x"),
        "sha256": certificate.fingerprint,
        "algorithm": algorithm,
    }


def _lines_of_list(content: bytes) -> Sequence[dict[str, str]]:
    try:
        files = json.loads(content.decode("utf-8"))["files"]
        return [{"name": str(line["name"]), "sha256": str(line["sha256"])} for line in files]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
