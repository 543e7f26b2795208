"""MJML with Liquid in it, compiled to HTML with the same Liquid in it.

The compiler reads XML, gives few places for what it refuses, passes over misspelt elements, and ends the whole process
on a text that is nested ten thousand deep. So the text is looked through first, where lines and columns are known.
"""
