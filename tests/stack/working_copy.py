"""Moved to tests/working_copy.py."""

from tests.working_copy import CAMPAIGN, VALUES, copy_to

__all__ = ["CAMPAIGN", "VALUES", "copy_to"]
