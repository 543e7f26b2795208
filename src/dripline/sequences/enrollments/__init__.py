"""Enrollments: their rows and cursors, the facts that decide about them, and what follows when an effect is settled."""
