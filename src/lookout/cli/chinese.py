"""The words of the menu's library in Chinese: titles of its help, and its complaints about a command line.

The library writes English and offers no catalogue for most of it; known sentences are translated here,
and one we do not know is shown as it is rather than hidden.
"""

from __future__ import annotations

import re

from typer import rich_utils

_TITLES = {
    "OPTIONS_PANEL_TITLE": "选项",
    "ARGUMENTS_PANEL_TITLE": "参数",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "出错",
    "ABORTED_TEXT": "已中断。",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "RICH_HELP": "用 [blue]{command_path} {help_option}[/] 查看用法。",
}
_SENTENCES = (
    (r"Missing (?:argument|parameter) '([^']+)'\.?", r"缺少参数“\1”"),
    (r"Missing option '([^']+)'\.?", r"缺少选项 \1"),
    (r"Missing command\.?", "没有给出命令"),
    (r"No such command '([^']+)'\.?", r"没有命令“\1”"),
    (r"No such option:? '?([^\s'.]+)'?\.?", r"没有选项 \1"),
    (r"\(Possible options: ([^)]+)\)", r"（相近的有：\1）"),
    (r"\(Did you mean one of: ([^)?]+)\??\)", r"（相近的有：\1）"),
    (r"Did you mean '?([^'?]+)'?\?", r"（是不是 \1？）"),
    (r"Option '([^']+)' requires an argument\.?", r"选项 \1 后面要给出值"),
    (r"Option '([^']+)' does not take a value\.?", r"选项 \1 后面不带值"),
    (r"Got unexpected extra argument(?:s|\(s\))? \(([^)]*)\)", r"多出了参数：\1"),
    (r"Invalid value for '?([^':]+)'?:\s*", r"\1 的值不对："),
    (r"Invalid value:\s*", "值不对："),
    (r"'?([^' ]+)'? is not a valid (?:int|integer)(?: range)?\.?", r"“\1”不是整数"),
    (r"'?([^' ]+)'? is not a valid float(?: range)?\.?", r"“\1”不是数字"),
    (r"'?([^' ]+)'? is not in the range (\S+?)\.?$", r"\1 超出范围 \2"),
    (r"Input should be a valid integer, unable to parse string as an integer", "应为整数"),
    (r"Input should be a valid number, unable to parse string as a number", "应为数字"),
    (r"Input should be greater than or equal to (\S+)", r"应不小于 \1"),
    (r"Input should be less than or equal to (\S+)", r"应不大于 \1"),
    (r"Input should be greater than (\S+)", r"应大于 \1"),
    (r"Input should be less than (\S+)", r"应小于 \1"),
    (r"Path '([^']+)' does not exist\.?", r"路径“\1”不存在"),
    (r"File '([^']+)' does not exist\.?", r"文件“\1”不存在"),
    (r"Directory '([^']+)' does not exist\.?", r"文件夹“\1”不存在"),
)


def speak_chinese() -> None:
    """Give the titles and fixed words of the library's help in Chinese."""
    for name, text in _TITLES.items():
        if hasattr(rich_utils, name):
            setattr(rich_utils, name, text)


def in_chinese(complaint: str) -> str:
    """Return a complaint of the library in Chinese; what is not known stays as it is."""
    for english, chinese in _SENTENCES:
        complaint = re.sub(english, chinese, complaint)
    return complaint.strip()
