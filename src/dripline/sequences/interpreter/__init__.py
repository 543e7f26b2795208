"""The interpreter: what a contact in a sequence does next.

It is given the program, where the contact stands, the facts and the time; it answers with what to become and what to
ask of the world. It touches nothing, so the live engine, the dry run and the tests all call the same functions.

An enrollment is waiting for a time, or parked until somebody settles the effect it asked for, or ended. An effect is
asked for under the number of its visit, and no number is given twice: the same decision taken again asks for the same
effect. Who waits may be woken by a fact before the time; to be woken for nothing changes nothing.

A step may also change the contact. The decision stops there and says what to change, so that everything after it is
decided by what is known then.
"""
