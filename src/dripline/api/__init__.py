"""The HTTP front door: reads a request, calls one verb in one transaction, shapes the answer.

Alone in knowing about statuses.
"""
