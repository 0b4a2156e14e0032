"""Settings for the commands: read them, or say in words which are missing; and `config`, which shows them."""

from typing import TYPE_CHECKING, TypeVar

from app.cli.words import aside, say, stop

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_settings import BaseSettings

    SettingsType = TypeVar("SettingsType", bound=BaseSettings)


def read(kind: "type[SettingsType]") -> "SettingsType":
    """The settings of the environment; without them every fault is told, and that is the end."""
    from pydantic import ValidationError

    try:
        return kind()
    except ValidationError as error:
        _tell(kind, error)
        where = "docs/operators.md explains them; `supervision config` shows those of the service."
        raise stop("This cannot start with these settings.", where) from None


def _tell(kind: "type[BaseSettings]", error: "ValidationError") -> None:
    for fault in error.errors():
        name = str(fault["loc"][0]) if fault["loc"] else ""
        what = "is not set" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
        field = kind.model_fields.get(name)
        meaning = f" ({field.description})" if field is not None and field.description else ""
        aside(f"{variable(name)} {what}{meaning}" if name else f"{what[:1].upper()}{what[1:]}")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"SUPERVISION_{name.upper()}"


def config() -> None:
    """Show the service's settings, with secrets hidden, and what is missing."""
    from pydantic import SecretStr

    from app.config import Settings

    settings = read(Settings)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        shown = "–" if value is None else "(set, hidden)" if isinstance(value, SecretStr) else str(value)
        say(f"{variable(name):<34}  {shown:<40}  {field.description or ''}".rstrip())
