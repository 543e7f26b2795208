"""Sequences from a goal: a draft at once, and its mails one after the other in the background.

Each email of such a draft names a template that is not there yet, so that nothing unwritten can be sent: activation
refuses it. A mail is written by making that template, which whoever is faster does: a template that a person made is
left alone. Every mail is a page of a job, recorded with it in one transaction. A worker that dies costs one answer of
the model and nothing else.
"""
