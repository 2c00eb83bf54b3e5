"""The page: all that the project knows in one self-contained HTML file, with report.json and the figures beside it."""

from tightframe.report.page import ReportError, build

__all__ = ["ReportError", "build"]
