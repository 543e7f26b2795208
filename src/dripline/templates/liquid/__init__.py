"""The template language: one environment, what it checks and how its tags are found in a text."""
