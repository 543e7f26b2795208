"""The one condition language: its tree, its truth table, its evaluator.

Conditions, exit conditions and filters all ask `truth.holds`, so that a missing value means the same everywhere. Pure.
"""
