"""Measurements, side by side in one run; see README.md here. Nothing here is a test."""
