"""The engine: it reacts to facts, enrolls and exits, and moves enrollments turn by turn.

Facts come in at one door, `reacting.react`. What they start is a row with a due time; `turn` takes rows that are
due, decides with the pure interpreter, and writes cursors, visits and effects in one short transaction. It talks to
nobody outside, so a turn needs no lease: a crash rolls it back. What it asks of the world lies in the outbox.

facts       tracking · reacting · starting · ending · pending
turns       running · lanes · turn · deciding · acting · moving
by hand     enrolling · enrolling_many · exiting · sending
sequences   publishing · naming · structured · inlining · supplying · hooks · circles · impact ·
            carrying_over · resuming · making_up · pages
people      people · belonging · taking_in · importing · suppressing · preferring · signing_up · confirming ·
            leaving · wishes
time        test_clock · sweeping · silence · retaining
looking     dry_running · imagining · explaining · telling · timeline
"""
