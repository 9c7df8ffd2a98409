"""The demonstration alliance and the seeded generator that makes its data."""
