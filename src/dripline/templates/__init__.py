"""What a mail says: templates and their versions, compiled when they are saved, rendered for one contact at a time.

Nothing is imported here, so that the rendering child starts with little.
"""
