"""Word to PDF by LibreOffice: one at a time, with a time limit, in a profile of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings

from lookout.kernel.errors import TransientError

PROGRAM = "soffice"
MOST_SECONDS = 90
MOST_WAIT = 120
FONTS_FILE = "fonts.conf"
# What stands in where the fonts of the standard are not installed; installed ones are used.
STAND_INS = {
    "方正小标宋简体": "Noto Serif CJK SC",
    "仿宋": "Noto Serif CJK SC",
    "仿宋_GB2312": "Noto Serif CJK SC",
    "楷体": "Noto Serif CJK SC",
    "楷体_GB2312": "Noto Serif CJK SC",
    "宋体": "Noto Serif CJK SC",
    "黑体": "Noto Sans CJK SC",
}
_ITEM = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_SECURITY = "/org.openoffice.Office.Common/Security/Scripting"


class NoConverterError(TransientError):
    """LibreOffice is not installed here."""


def available() -> bool:
    """Tell whether this machine can make PDF files."""
    return shutil.which(PROGRAM) is not None


def to_pdf(word: bytes) -> bytes:
    """Return a Word file as PDF.

    Raises NoConverterError without LibreOffice, TransientError when it is busy, too slow or fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoConverterError("本机没有安装 LibreOffice，不能生成 PDF；Word 文件照常可用。安装后重试即可")
    home = Path(settings.LOOKOUT_HOME) / "reports" / "converter"
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home / "lock"), tempfile.TemporaryDirectory(dir=home) as work:
        profile = _profile(home)
        source = Path(work) / "report.docx"
        source.write_bytes(word)
        _run(
            [
                "env",  # what the machine set stays; only the fonts are ours
                f"FONTCONFIG_FILE={home / FONTS_FILE}",
                program,
                "--headless",
                "--norestore",
                "--nolockcheck",
                f"-env:UserInstallation={profile.as_uri()}",
                "--convert-to",
                "pdf:writer_pdf_Export",
                "--outdir",
                work,
                str(source),
            ],
        )
        made = source.with_suffix(".pdf")
        if not made.is_file():
            raise TransientError("LibreOffice 没有生成 PDF；请稍后重试，仍不行时请联系系统管理员查看日志")
        return made.read_bytes()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of this installation's converter: two at once would share one profile."""
    until = time.monotonic() + MOST_WAIT
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TransientError("正在生成别的 PDF，等待超时；请稍后重试") from None
                time.sleep(0.1)
        yield


def _run(command: list[str]) -> None:
    # A group of its own: soffice starts a child that would outlive it.
    process = subprocess.Popen(  # noqa: S603 - a tool found on the path, with arguments of our own
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(MOST_SECONDS)
    except subprocess.TimeoutExpired:
        raise TransientError(f"生成 PDF 超过 {MOST_SECONDS} 秒，已停止；请稍后重试或简化报告") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _profile(home: Path) -> Path:
    """Return the profile, made on first use: no macros, nothing fetched, fonts that stand in."""
    fonts = home / FONTS_FILE
    if not fonts.exists():
        fonts.write_text(_fonts(), "utf-8")
    folder = home / "profile"
    file = folder / "user" / "registrymodifications.xcu"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_registry(), "utf-8")
    return folder


def _fonts() -> str:
    """Return the system's font rules with our own after them: an installed font goes before its stand-in."""
    rules = "".join(
        f"<alias><family>{escape(font)}</family><accept><family>{escape(other)}</family></accept></alias>"
        for font, other in STAND_INS.items()
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{rules}</fontconfig>'
    )


def _registry() -> str:
    items = [
        _ITEM.format(path=_SECURITY, name="MacroSecurityLevel", value=3),
        _ITEM.format(path=_SECURITY, name="DisableMacrosExecution", value="true"),
        _ITEM.format(path=_SECURITY, name="BlockUntrustedRefererLinks", value="true"),
        _ITEM.format(path="/org.openoffice.Office.Writer/Content/Update", name="Link", value=2),
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' + "".join(items) + "</oor:items>"
    )
