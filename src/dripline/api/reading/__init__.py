"""Requests that need more reading than their types say."""
