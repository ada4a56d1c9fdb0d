"""A watched folder: files that are whole are taken in, then moved to `done` or `failed` with a receipt."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from lookout.kernel.clock import SHANGHAI, naive_local
from lookout.kernel.errors import TransientError
from lookout.kernel.inbox import write_whole
from lookout.sources.connectors.form import FolderPlace
from lookout.sources.connectors.offers import Cursor, Notes, Offer, Outcome

DONE, FAILED, MARKER = "done", "failed", ".done"
_FOLDERS = {"landed": DONE, "refused": FAILED}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class FolderConnector(Notes):
    """Files put into a folder. A file is whole when `<file>.done` lies beside it, or when it has kept
    size and time since an earlier look."""

    def __init__(self, place: FolderPlace) -> None:
        super().__init__()
        self._place = place

    def offers(self, cursor: Cursor, now: datetime) -> Iterator[Offer]:
        """Yield whole files by age; a link is never followed."""
        looks: dict[str, list[str]] = cursor.get("looks", {})
        files = self._files()
        cursor["looks"] = {name: look for name, look in looks.items() if name in files}
        for name, path in files.items():
            try:
                if not self._is_whole(path, cursor["looks"], now):
                    self._wait_for(name)
                    continue
                arrived = datetime.fromtimestamp(path.stat().st_mtime, SHANGHAI)
                offer = Offer(name, name, path, naive_local(arrived), sha256=file_digest(path))
            except FileNotFoundError:  # its owner took it back
                continue
            except OSError as error:
                self.notes.append(f"“{name}”读不到（{error.strerror}），留到下一轮；请检查文件权限")
                continue
            yield offer

    def _files(self) -> dict[str, Path]:
        """The files by age."""
        try:
            found = [
                (path.stat().st_mtime, path.name, path)
                for path in self._place.path.iterdir()
                if path.is_file() and not path.is_symlink() and self._is_wanted(path.name)
            ]
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise TransientError(
                f"文件夹 {self._place.path} 打不开（{why}）；请检查路径、挂载与权限"
            ) from error
        return {name: path for _, name, path in sorted(found)}

    def _is_wanted(self, name: str) -> bool:
        return (
            not name.startswith((".", "~$"))
            and not name.endswith(MARKER)
            and fnmatch.fnmatch(name, self._place.pattern)
        )

    def _wait_for(self, name: str) -> None:
        self.is_waiting = True
        settle = self._place.settle_seconds
        self.notes.append(
            f"“{name}”可能还在写入：{settle} 秒不变之后的下一轮接收；已经写完的，旁边放一个空文件 {name}{MARKER} 就立即接收"
        )

    def _is_whole(self, path: Path, looks: dict[str, list[str]], now: datetime) -> bool:
        if path.with_name(path.name + MARKER).exists():
            return True
        held = path.stat()
        size, changed = str(held.st_size), str(held.st_mtime_ns)
        seen = looks.get(path.name)
        if seen is None or seen[:2] != [size, changed]:
            looks[path.name] = [size, changed, now.isoformat()]
            return False
        return (now - datetime.fromisoformat(seen[2])).total_seconds() >= self._place.settle_seconds

    def _target(self, offer: Offer, outcome: Outcome) -> Path:
        """Next month's file may have the same name; the digest tells them apart."""
        name = f"{Path(offer.file).stem}.{offer.sha256[:8]}{Path(offer.file).suffix}"
        return self._place.path / _FOLDERS[outcome.state] / name

    def settle(self, offer: Offer, outcome: Outcome) -> None:
        """Write the receipt where the file will lie."""
        target = self._target(offer, outcome)
        content = {"file": offer.file, "sha256": offer.sha256, **outcome.as_dict()}
        write_whole(target.with_name(f"{target.name}.receipt.json"), content)

    def commit(self, cursor: Cursor, offer: Offer, outcome: Outcome) -> None:
        """Forget the looks at the file."""
        cursor.get("looks", {}).pop(offer.key, None)

    def clear(self, offer: Offer, outcome: Outcome) -> None:
        """Move the file; the marker goes first, so that it never vouches for a later file."""
        offer.path.with_name(offer.path.name + MARKER).unlink(missing_ok=True)
        try:
            offer.path.replace(self._target(offer, outcome))
        except FileNotFoundError:
            pass
