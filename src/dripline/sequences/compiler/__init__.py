"""The compiler: from a definition to a checked program.

`check` says what keeps a definition from running and what its author should know; `compile_definition` gives the
program that the interpreter runs. Neither asks anything of the world: templates and senders come as arguments.
"""
