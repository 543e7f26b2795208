"""Warm-up: a new sending domain may send little on its first days and more on each that went well."""
