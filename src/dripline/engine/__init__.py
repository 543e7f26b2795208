"""The engine: it reacts to facts, enrolls and exits, and moves enrollments turn by turn.

Facts come in at one door, `reacting.react`. What they start is a row with a due time; `turn` takes rows that are
due, decides with the pure interpreter, and writes cursors, visits and effects in one short transaction. It talks to
nobody outside, so a turn needs no lease: a crash rolls it back. What it asks of the world lies in the outbox.
"""
