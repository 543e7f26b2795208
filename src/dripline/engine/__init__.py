"""The engine: it reacts to facts, enrolls and exits, and moves enrollments turn by turn.

Facts come in at one door, `facts.reacting.react`. What they start is a row with a due time; `runs.turn` takes rows
that are due, decides with the pure interpreter, and writes cursors, visits and effects in one short transaction. It
talks to nobody outside, so a turn needs no lease: a crash rolls it back. What it asks of the world lies in the outbox.

Its parts, from below; each knows only those before it:

facts       what happened, and what that ends, wakes and begins
audience    the verbs about people
sending     one mail that no sequence sends
runs        who enters, moves on turn by turn, waits and leaves
test_clock  the time of a test workspace
versions    what an author has written becomes a version, and those inside are brought along
insight     why something was so, and what would be
"""
