"""What a run says to a terminal or a service's log: one short line per thing worth saying.

Belongs here: the console logger. Does not belong here: Dagster's own event log, which keeps everything.
"""

import logging
import sys

import dagster as dg


class _Short(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        meta = getattr(record, "dagster_meta", None)
        message = meta["orig_message"] if isinstance(meta, dict) and "orig_message" in meta else record.getMessage()
        text = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():8}{message}"
        return text if record.levelno < logging.ERROR else text.split("\n\nStack Trace", 1)[0]


@dg.logger(
    config_schema={"log_level": dg.Field(str, is_required=False, default_value="INFO")},
    description="Short lines on standard error.",
)
def console(init_context: dg.InitLoggerContext) -> logging.Logger:
    """Return the logger that writes to standard error."""
    level = init_context.logger_config["log_level"].upper()
    logger = logging.Logger("khabar", level=level)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Short())
    logger.addHandler(handler)
    return logger
