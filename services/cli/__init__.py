"""`campaigns`: the operator's and the marketer's tool inside the worker's image."""
