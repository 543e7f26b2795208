"""Telling people, in plain words, why somebody did or did not get a mail. Pure: what is told was read before."""
