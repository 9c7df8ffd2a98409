"""One setting for every test: properties are tried on the same examples everywhere, and a slow machine fails none."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None, max_examples=1000)  # HYPOTHESIS_PROFILE=search looks further
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
