"""Facts and what they bring about: whatever happened comes in at one door, and ends, wakes and begins runs there."""
