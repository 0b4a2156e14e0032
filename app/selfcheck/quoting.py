"""Whether PostgreSQL's own log could print what is in the rows: pure.

It is a log that more people read than may read records, it is kept where nobody erases, and a sealed key that it prints
outlives the erasure of that key. So what could print the values of rows or parameters is grave. What prints only the
text of statements is not, since the service's own hold no value: it is told, for what people type by hand.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from app.selfcheck.finding import Finding

WHY: Final = (
    "PostgreSQL's log would hold what is in the rows: who is supervised, when, and sealed keys that were erased since."
)
NEVER: Final = ("", "-1", "0", "0.0", "off", "none")


def of_logging(settings: Mapping[str, str]) -> Iterator[Finding]:
    """Findings about PostgreSQL's log, from its settings as `pg_settings` tells them."""
    yield from _of_errors(settings)
    yield from _of_statements(settings)
    if settings.get("log_min_error_statement", "panic") not in ("panic", "fatal"):
        yield _typed("log_min_error_statement", "panic")


def _of_errors(settings: Mapping[str, str]) -> Iterator[Finding]:
    """The DETAIL of an error quotes the row: left out by `terse`, but never of CSV and JSON lines."""
    if settings.get("log_error_verbosity") != "terse":
        yield _grave("log_error_verbosity is not terse", "log_error_verbosity = terse")
    if forms := {"csvlog", "jsonlog"} & set(settings.get("log_destination", "").replace(" ", "").split(",")):
        named = " and ".join(sorted(forms))
        yield _grave(f"log_destination holds {named}, which quotes rows however terse", "log_destination = stderr")
    if settings.get("log_parameter_max_length_on_error", "0") != "0":
        yield _grave("log_parameter_max_length_on_error is not 0", "log_parameter_max_length_on_error = 0")


def _of_statements(settings: Mapping[str, str]) -> Iterator[Finding]:
    """Statements that are logged as they are run: with the parameters, unless that is set to none."""
    told = [name for name in ("log_min_duration_statement", "log_min_duration_sample") if _from_zero(settings, name)]
    if settings.get("log_statement", "none") in ("mod", "all"):
        told.append("log_statement")
    if settings.get("log_transaction_sample_rate", "0") not in NEVER:
        told.append("log_transaction_sample_rate")
    if told and settings.get("log_parameter_max_length", "-1") != "0":
        yield _grave(f"{' and '.join(told)} logs statements with their parameters", "log_parameter_max_length = 0")
    elif "log_statement" in told:
        yield _typed("log_statement", "ddl")
    if _from_zero(settings, "auto_explain.log_min_duration") and (
        settings.get("auto_explain.log_parameter_max_length", "-1") != "0"
    ):
        yield _grave("auto_explain logs plans with their parameters", "auto_explain.log_parameter_max_length = 0")
    if settings.get("pgaudit.log_parameter", "off") != "off":
        yield _grave("pgaudit logs parameters", "pgaudit.log_parameter = off")


def _from_zero(settings: Mapping[str, str], name: str) -> bool:
    return not settings.get(name, "-1").startswith("-")


def _grave(what: str, line: str) -> Finding:
    return Finding(f"PostgreSQL's {what}" if what.startswith("log_") else what, WHY, f"Set in postgresql.conf: {line}")


def _typed(name: str, value: str) -> Finding:
    return Finding(
        f"PostgreSQL's {name} prints statements",
        "Those of the service hold no values, but what somebody types by hand does.",
        f"Set in postgresql.conf: {name} = {value}",
        grave=False,
    )
