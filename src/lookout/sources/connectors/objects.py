"""Objects under a prefix of an S3-compatible store or a mounted folder; only new or changed ones are read."""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import fs

from lookout.kernel.clock import naive_local
from lookout.kernel.errors import ConfigError, TransientError
from lookout.kernel.inbox import write_whole
from lookout.sources.connectors.folder import file_digest
from lookout.sources.connectors.form import ObjectPlace
from lookout.sources.connectors.offers import Cursor, Notes, Offer, Outcome

Secret = Callable[[str], str]
_BLOCK, _SECONDS, _TRIES = 1 << 20, 20, 3


def open_place(place: ObjectPlace, secret: Secret) -> tuple[fs.FileSystem, str]:
    """Return the file system of a place and the path of its prefix there."""
    scheme, _, path = place.uri.partition("://")
    if scheme == "file":
        return fs.LocalFileSystem(), path.rstrip("/")
    options: dict[str, Any] = {
        "connect_timeout": _SECONDS,
        "request_timeout": _SECONDS,
        "retry_strategy": fs.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
    }
    if place.key_variable:
        options |= {"access_key": secret(place.key_variable), "secret_key": secret(place.secret_variable)}
    if place.endpoint:
        is_plain = place.endpoint.startswith("http://")
        options |= {
            "endpoint_override": place.endpoint.split("://")[-1],
            "scheme": "http" if is_plain else "https",
        }
    if place.region or place.endpoint:
        options["region"] = place.region or "us-east-1"  # what S3-compatible servers expect unless told
    return fs.S3FileSystem(**options), path.rstrip("/")


class ObjectConnector(Notes):
    """Objects by prefix. The store is only read; receipts are kept in the home.

    A refused object is read again when it changes or when the `recipe` (how files are read) does.
    """

    def __init__(
        self, place: ObjectPlace, secret: Secret, staging: Path, receipts: Path, recipe: str = ""
    ) -> None:
        super().__init__()
        self._place = place
        self._secret = secret
        self._staging = staging
        self._receipts = receipts
        self._recipe = recipe

    def offers(self, cursor: Cursor, now: datetime) -> Iterator[Offer]:
        """Yield new and changed objects, oldest first, each copied here before it is read."""
        seen: dict[str, list[str]] = cursor.setdefault("seen", {})
        try:
            files, root = open_place(self._place, self._secret)
            found = files.get_file_info(fs.FileSelector(root, recursive=True))
        except (OSError, pa.ArrowException) as error:
            raise self._unreachable(error) from error
        listed = {info.path.removeprefix(root).lstrip("/"): info for info in found if info.is_file}
        for gone in seen.keys() - listed.keys():
            del seen[gone]
        wanted = [
            (info.mtime_ns or 0, key)
            for key, info in listed.items()
            if fnmatch.fnmatch(Path(key).name, self._place.pattern) and not Path(key).name.startswith(".")
        ]
        for _, key in sorted(wanted):
            info = listed[key]
            stamp = f"{info.size}:{info.mtime_ns}"
            if seen.get(key, [""])[0] == stamp and seen[key][2] in ("", self._recipe):
                continue
            try:
                offer = self._copied(files, info, key, stamp, seen.get(key), now)
            except (OSError, pa.ArrowException) as error:
                raise self._unreachable(error) from error
            if offer is None:
                seen[key][0] = stamp
            elif not info.size or offer.path.stat().st_size != info.size:
                # Some stores list an object before all of it is there.
                self.is_waiting = True
                self.notes.append(f"“{key}”还没有写完，留到下一轮")
            else:
                yield offer

    def _copied(
        self,
        files: fs.FileSystem,
        info: fs.FileInfo,
        key: str,
        stamp: str,
        before: list[str] | None,
        now: datetime,
    ) -> Offer | None:
        """Return the object copied here, None when only its time has changed."""
        path = self._staging / Path(key).name
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.open_input_stream(info.path) as source:
            tag = (source.metadata() or {}).get("ETag", b"").decode()
            if tag and before and before[1] == tag and before[2] in ("", self._recipe):
                return None
            with path.open("wb") as target:
                while block := source.read(_BLOCK):
                    target.write(block)
        # Some stores tell no time, or the beginning of time, of an object they have just taken in:
        # what was not dated is known since it was seen.
        arrived = naive_local(info.mtime) if info.mtime_ns else now
        return Offer(key, path.name, path, arrived, sha256=file_digest(path), mark=[stamp, tag])

    def _unreachable(self, error: Exception) -> TransientError | ConfigError:
        said = str(error)
        if "ACCESS_DENIED" in said or "AccessDenied" in said or "InvalidAccessKeyId" in said:
            return ConfigError(f"对象存储 {self._place.uri} 拒绝访问；请检查密钥变量与读取权限")
        why = said.splitlines()[0][:200]
        return TransientError(
            f"对象存储 {self._place.uri} 读不到（{why}）；请检查网络、地址与密钥，稍后自动重试"
        )

    def settle(self, offer: Offer, outcome: Outcome) -> None:
        """Keep the receipt in the home."""
        content = {"key": offer.key, "sha256": offer.sha256, **outcome.as_dict()}
        write_whole(self._receipts / f"{offer.file}.{offer.sha256[:8]}.receipt.json", content)

    def commit(self, cursor: Cursor, offer: Offer, outcome: Outcome) -> None:
        """Remember this version of the object."""
        refused_as = self._recipe if outcome.state == "refused" else ""
        cursor.setdefault("seen", {})[offer.key] = [*offer.mark, refused_as]

    def clear(self, offer: Offer, outcome: Outcome) -> None:
        """Remove the copy; the original stays in the store."""
        shutil.rmtree(self._staging, ignore_errors=True)
