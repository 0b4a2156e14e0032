"""Logs: one JSON object a line, to standard output, without personal data: no bodies, paths, queries or messages."""

import logging
import sys
import traceback

import structlog

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str) -> None:
    """Set up structlog, and keep the libraries' own loggers to warnings: they may print what we would not."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stdout, format='{"level": "%(levelname)s", "logger": "%(name)s"}'
    )


def what_and_where(error: BaseException) -> str:
    """A failure for a log line, without its message: that may hold what was sent."""
    where = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {where[-1].name}, line {where[-1].lineno}" if where else type(error).__name__
