"""Playbooks: whole sequences with texts of our own. Each has a folder beside this file.

A mail names what its author knows and we do not, a link or the name of the product, as `[[name]]`: these are facts, and
are filled in when a playbook is made into templates and a draft.
"""
