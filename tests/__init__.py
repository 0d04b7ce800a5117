"""The tests mirror the apps. `pytest` runs them on SQLite, `python -m tests` on PostgreSQL too."""
