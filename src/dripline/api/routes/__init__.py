"""The routes, one module a slice."""
