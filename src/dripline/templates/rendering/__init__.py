"""Rendering in child processes, because no limit inside a template library holds against every template.

A child gets a batch, answers job by job, and is killed when it is silent for too long; a child that dies costs the
job it was at, and the rest of the batch goes to its successor. A rendering sees nothing but its source and its data:
the child holds no connection, no key, and no setting of its parent.
"""
