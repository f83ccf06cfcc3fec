"""What a look at one part of the installation found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: `off`: it does not apply here, and says why.
State = Literal["ok", "warn", "fail", "off"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of `doctor`.

    `demanded`: the law or the mail providers demand it. While such a line fails, no real mail leaves; while
    nobody can tell (`warn`), what was so before stays so.
    """

    line: str
    state: State
    said: str
    do: str = ""
    demanded: bool = False


def ok(line: str, said: str, *, demanded: bool = False) -> Finding:
    return Finding(line=line, state="ok", said=said, demanded=demanded)


def warn(line: str, said: str, do: str = "", *, demanded: bool = False) -> Finding:
    return Finding(line=line, state="warn", said=said, do=do, demanded=demanded)


def fail(line: str, said: str, do: str = "", *, demanded: bool = False) -> Finding:
    return Finding(line=line, state="fail", said=said, do=do, demanded=demanded)


def off(line: str, said: str) -> Finding:
    return Finding(line=line, state="off", said=said)
