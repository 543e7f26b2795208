"""The sequence language: text to tree and back, with the place of every fault.

`reading` reads YAML and JSON, `writing` prints them, `naming` gives steps their ids. The tree in `model` is the whole
grammar; `compiler` makes programs of it.
"""
