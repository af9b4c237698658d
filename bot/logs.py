"""Logs: one event a line, with ids and never with what people wrote; as JSON the libraries' lines as well."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(form: str, level: str) -> None:
    """Send our events and the libraries' warnings to standard error, as text or as JSON."""
    number = getattr(logging, level.upper())
    processors: list[structlog.typing.Processor] = [
        # What the flow at hand is about: its receipt, ticket and request, by id.
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    libraries: logging.Formatter
    if form == "json":
        # Without the locals of a traceback, which hold what people wrote.
        traces = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        as_json: list[structlog.typing.Processor] = [
            structlog.processors.ExceptionRenderer(traces),
            structlog.processors.JSONRenderer(),
        ]
        libraries = structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*processors, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *as_json],
        )
        processors += as_json
        # Whoever parses these lines could read nothing else among them.
        logging.captureWarnings(True)
    else:
        plain = structlog.dev.plain_traceback
        libraries = logging.Formatter("%(name)s: %(message)s")
        processors += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(libraries)
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING))
    # Every listener we have is found by Bolt or deliberately not there; its note on each is noise.
    logging.getLogger("slack_bolt.AsyncApp").setLevel(logging.ERROR)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # In one piece, because the engine's threads write as well.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
