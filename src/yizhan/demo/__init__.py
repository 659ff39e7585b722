"""A made-up operator to try Yizhan on: people, lines, usage and bills, all synthetic.

Two catalogues: ``2004`` (the plans of the newspaper article) and ``today``. Usage follows
published shapes: heavy-tailed minutes per subscriber, a daily and weekly profile, month-to-month
variation of about 0.3 to 0.5. Everything is made from one seed, so two loads are alike.
"""

from yizhan.demo.loading import Login, Report, documents, load, loaded

__all__ = ["Login", "Report", "documents", "load", "loaded"]
