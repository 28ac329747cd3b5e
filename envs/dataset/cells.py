"""From the cells of a row to texts: nested columns, joined columns, chat messages."""

from __future__ import annotations

from typing import Any

from ..errors import EnvConfigError

JOIN = "+"  # `body+question` names two columns


def cell(raw: dict[str, Any], column: str) -> Any:
    """Return the value of a column, None for no column; `a.b` is the field b of column a.

    Raises:
        EnvConfigError: a column that has fields, but not this one.
    """
    if not column or column in raw:
        return raw.get(column)
    value: Any = raw
    for number, part in enumerate(column.split(".")):
        if value is None:  # this row has nothing there, which is its own problem
            return None
        if not isinstance(value, dict) or (number and part not in value):
            raise EnvConfigError(f"There is no {part!r} in {str(raw)[:200]}; asked for {column!r}.")
        value = value.get(part)
    return value


def columns_of(names: str, present: list[str]) -> list[str]:
    """Return the columns that `names` stands for: itself, or several joined by a plus."""
    return [names] if names in present or JOIN not in names else names.split(JOIN)


def text(value: Any) -> str:
    """Return a text or a number as text, texts of a list one below the other, else ""."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n\n".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def asked(value: Any) -> tuple[str, str]:
    """Return the system prompt and the question of a cell: a text, or messages as verl has them.

    Raises:
        ValueError: messages that are not one question, with or without a system prompt.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return "", text(value)
    roles = [str(message.get("role")) for message in value]
    contents = [_content(message.get("content")) for message in value]
    if roles == ["user"]:
        return "", contents[0]
    if roles == ["system", "user"]:
        return contents[0], contents[1]
    raise ValueError(
        f"the prompt has the messages {', '.join(roles) or 'of nobody'}, and must have one of the "
        "user, with or without one of the system before it"
    )


def _content(value: Any) -> str:
    """Return the text of a message, which may come in parts."""
    if not isinstance(value, list):
        return text(value)
    kinds = {str(part.get("type")) if isinstance(part, dict) else "" for part in value}
    if kinds != {"text"}:
        raise ValueError(f"the prompt has parts of type {', '.join(sorted(kinds))}, not only text")
    return "".join(text(part.get("text")) for part in value)
