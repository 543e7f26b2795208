"""The runs: who is let in, moves on turn by turn, is held and let go, and is taken out."""
