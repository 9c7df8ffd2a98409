"""One file per command; each returns its exit code."""
