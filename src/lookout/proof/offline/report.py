"""The verdict on a package: checked, put in words, or as JSON."""

from __future__ import annotations

from typing import Any, BinaryIO, NamedTuple

from lookout.proof.offline.contents import check_contents
from lookout.proof.offline.manifest import Opened, open_front
from lookout.proof.offline.seals import Outside, Seals
from lookout.proof.offline.words import LIMIT, UNCHECKED, WRONG, Finding, UnreadableError

ALL_RIGHT, SOMETHING_WRONG, CANNOT_READ, NOT_ALL_CHECKED = 0, 1, 2, 3
MOST_SHOWN = 50
VERDICTS = {
    ALL_RIGHT: ("核验通过：没有改动", "VERIFIED: unchanged"),
    SOMETHING_WRONG: ("核验不通过：发现 {count} 处问题", "NOT VERIFIED: {count} thing(s) wrong"),
    CANNOT_READ: ("无法核验：读不懂这个文件", "CANNOT VERIFY: this file cannot be read"),
    NOT_ALL_CHECKED: (
        "没有发现改动；但有 {count} 项没有依据可核，见下",
        "NOTHING WRONG FOUND; but {count} thing(s) had nothing to be checked against, see below",
    ),
}
HEADINGS = {
    WRONG: ("问题", "Wrong"),
    UNCHECKED: ("没有依据可核", "Not checked for want of something to check against"),
    LIMIT: ("离线核验不能说明的", "What an offline check cannot say"),
}


class Verdict(NamedTuple):
    """The outcome: exit code, findings, and what is proven."""

    code: int
    findings: list[Finding]
    about: dict[str, Any]
    told: dict[str, Any]


def verify(handle: BinaryIO, length: int, outside: Outside) -> Verdict:
    """Check a package that is open for reading."""
    package = Opened(handle, length)
    try:
        front = open_front(package)
        contents = check_contents(package, front)
        seals = Seals(contents, outside)
        seals.check()
    except UnreadableError as error:
        fields = {"place": error.place, **error.fields}
        return Verdict(CANNOT_READ, [Finding(WRONG, error.code, "manifest.json", None, fields)], {}, {})
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        fields = {"field": str(error), "why": type(error).__name__}
        return Verdict(CANNOT_READ, [Finding(WRONG, "field", "manifest.json", None, fields)], {}, {})
    findings = contents.findings + seals.findings
    findings += [Finding(LIMIT, code, "", None, {}) for code in ("before", "own_copy")]
    levels = {finding.level for finding in findings}
    code = SOMETHING_WRONG if WRONG in levels else NOT_ALL_CHECKED if UNCHECKED in levels else ALL_RIGHT
    about = {
        "about": front.manifest.get("about", {}),
        "made_at": front.manifest.get("made_at", ""),
        "files": len(front.manifest["files"]),
        "bytes": length,
    }
    return Verdict(code, findings, about, seals.told._asdict())


def as_record(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict for programs."""
    return {
        "exit_code": verdict.code,
        "verified": verdict.code == ALL_RIGHT,
        "unchanged": verdict.code in (ALL_RIGHT, NOT_ALL_CHECKED),
        "package": verdict.about,
        "proven": verdict.told,
        "findings": [
            {
                "level": finding.level,
                "code": finding.code,
                "where": finding.where,
                "bytes": list(finding.span) if finding.span else None,
                "fields": {name: str(value) for name, value in finding.fields.items()},
                "zh": finding.say("zh"),
                "en": finding.say("en"),
            }
            for finding in verdict.findings
        ],
    }


def as_text(verdict: Verdict, language: str) -> str:
    """Return the verdict for a person."""
    which = 0 if language == "zh" else 1
    worst = UNCHECKED if verdict.code == NOT_ALL_CHECKED else WRONG
    count = sum(finding.level == worst for finding in verdict.findings)
    lines = [VERDICTS[verdict.code][which].format(count=count), ""]
    if verdict.code != CANNOT_READ:
        lines += [*_proven(verdict, which), ""]
    for level in (WRONG, UNCHECKED, LIMIT):
        of_level = [finding for finding in verdict.findings if finding.level == level]
        if not of_level:
            continue
        lines.append(HEADINGS[level][which] + (":" if which else "："))
        lines += ["  - " + _line(finding, language) for finding in of_level[:MOST_SHOWN]]
        if len(of_level) > MOST_SHOWN:
            lines.append("  … " + ("共 {0} 处", "{0} in all")[which].format(len(of_level)))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(finding: Finding, language: str) -> str:
    said = finding.say(language)
    where = finding.where + (": " if language == "en" else "：") if finding.where else ""
    if not finding.span:
        return where + said
    place = ("（包的字节 {0}–{1}）", " (bytes {0}-{1} of the package)")[language == "en"]
    return where + said + place.format(finding.span[0], finding.span[1] - 1)


def _proven(verdict: Verdict, which: int) -> list[str]:
    """Say what was sealed when, by whom, at which place of the log."""
    told, lines = verdict.told, []
    proven = verdict.code != SOMETHING_WRONG
    if not proven:
        lines.append(
            ("包内自称（有问题，未经证明）：", "The package says (not proven, something is wrong):")[which]
        )
    for entry in told.get("entries", []):
        items = "、".join(entry["items"]) or "—"
        lines += [
            ("封存：{0}", "Sealed: {0}")[which].format(items),
            ("  编号 {0}（{1}），日志第 {2} 条", "  number {0} ({1}), entry {2} of the log")[which].format(
                entry["number"], entry["kind"], entry["index"]
            ),
            ("  存证时间 {0}，存证人 {1}", "  sealed at {0} by {1}")[which].format(entry["at"], entry["by"]),
            "  SHA-256 " + entry["sha256"],
            "  SM3     " + entry["sm3"],
        ]
    head = told.get("head") or {}
    if head:
        lines.append(
            ("日志 {0}：{1} 条，根值 {2}，签署于 {3}", "Log {0}: {1} entries, root {2}, signed at {3}")[
                which
            ].format(head["origin"], head["size"], head["root"], head["at"])
        )
    for stamp in told.get("stamps", []):
        lines.append(
            ("时间戳 {0}：{1}，{2}，序号 {3}", "Time stamp of {0}: {1}, {2}, serial {3}")[which].format(
                stamp["of"], stamp["at"], stamp["authority"], stamp["serial"]
            )
        )
    for signer in told.get("signers", []):
        named = {"head": ("日志签名", "Log signed by"), "package": ("取证包签名", "Package signed by")}[
            signer["of"]
        ]
        lines.append(
            named[which] + (": " if which else "：") + signer["name"] + " (" + signer["algorithm"] + ")"
        )
    if proven:
        lines.append(
            (
                "共核对 {0} 个文件、{1:,} 字节，每一个字节都在核对之内",
                "{0} files, {1:,} bytes: every byte was covered",
            )[which].format(verdict.about["files"] + 2, verdict.about["bytes"])
        )
    return lines
