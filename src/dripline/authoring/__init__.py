"""Authoring: drafts by a language model, and playbooks: whole sequences that wait to be made."""
