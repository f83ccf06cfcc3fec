"""Looks at each part of the installation, as `campaigns doctor` prints them. Each returns findings and raises nothing."""
