"""Resend and Notion as small servers of our own, for tests, demos and benchmarks. They hold nobody's real data."""
