"""A strict reader of DER, as far as certificates and time stamps need it."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import NamedTuple

from lookout.proof.offline.words import UnreadableError

BOOLEAN, INTEGER, BITS, OCTETS, OID, SEQUENCE, SET = 0x01, 0x02, 0x03, 0x04, 0x06, 0x30, 0x31
UTC_TIME, GENERAL_TIME = 0x17, 0x18


class Node(NamedTuple):
    """One value: its tag, and where its header, its body and its end are in the data."""

    data: bytes
    tag: int
    start: int
    inner: int
    end: int

    @property
    def body(self) -> bytes:
        """The bytes behind the header."""
        return self.data[self.inner : self.end]

    @property
    def whole(self) -> bytes:
        """The bytes with the header."""
        return self.data[self.start : self.end]


def read_node(data: bytes, place: int = 0, limit: int = -1) -> Node:
    """Read the value at a place. Raises UnreadableError where it is not DER."""
    limit = len(data) if limit < 0 else limit
    if place + 2 > limit or data[place] & 0x1F == 0x1F:
        raise UnreadableError("der", place)
    size, inner = data[place + 1], place + 2
    if size & 0x80:
        count = size & 0x7F
        raw = data[inner : inner + count]
        size = int.from_bytes(raw, "big")
        if not 1 <= count <= 4 or len(raw) != count or raw[0] == 0 or size < 0x80:
            raise UnreadableError("der", place + 1)
        inner += count
    if inner + size > limit:
        raise UnreadableError("der", place + 1)
    return Node(data, data[place], place, inner, inner + size)


def read_whole(data: bytes) -> Node:
    """Read data that is one value and nothing behind it."""
    node = read_node(data)
    if node.end != len(data):
        raise UnreadableError("der", node.end)
    return node


def children(node: Node) -> list[Node]:
    """Return the values inside a constructed one."""
    found, place = [], node.inner
    while place < node.end:
        child = read_node(node.data, place, node.end)
        found.append(child)
        place = child.end
    return found


def expect(node: Node, tag: int) -> Node:
    """Return the value when it has the tag. Raises UnreadableError else."""
    if node.tag != tag:
        raise UnreadableError("der", node.start)
    return node


def fields(node: Node, least: int, tag: int = SEQUENCE) -> list[Node]:
    """Return the values inside a sequence of at least so many. Raises UnreadableError else."""
    found = children(expect(node, tag))
    if len(found) < least:
        raise UnreadableError("der", node.start)
    return found


def integer(node: Node) -> int:
    """Return a whole number."""
    return int.from_bytes(expect(node, INTEGER).body, "big", signed=True)


def bits(node: Node) -> bytes:
    """Return the bytes of a bit string that has whole ones."""
    body = expect(node, BITS).body
    if not body or body[0]:
        raise UnreadableError("der", node.inner)
    return body[1:]


def oid(node: Node) -> str:
    """Return an object identifier in dots."""
    body = expect(node, OID).body
    if not body or body[-1] & 0x80:
        raise UnreadableError("der", node.inner)
    numbers, value = [], 0
    for byte in body:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in [first, numbers[0] - 40 * first, *numbers[1:]])


def moment(node: Node) -> datetime:
    """Return an instant in UTC."""
    text = node.body.decode("ascii", "replace")
    digits, _, fraction = text.rstrip("Z").partition(".")
    if node.tag == UTC_TIME and len(digits) == 12:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    elif node.tag != GENERAL_TIME:
        raise UnreadableError("der", node.start)
    try:
        if not text.endswith("Z") or len(digits) != 14:
            raise ValueError(text)
        found = datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
        return found.replace(microsecond=int((fraction + "000000")[:6])) if fraction else found
    except ValueError:
        raise UnreadableError("der", node.inner) from None
