"""What steps ask of the world besides mail: codes for discounts, and calls. Asked for once, carried out under a lease.

An effect is repeated until somebody has answered it: its key, which is that of its visit, is what tells the other side
that it is the same one.
"""
