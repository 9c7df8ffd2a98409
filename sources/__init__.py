"""Data in: one file per origin, each with fetch() and a pure parse(). No DuckDB, no Prefect."""
