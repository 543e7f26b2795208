"""The people: every verb that changes a contact or what they belong to, with what follows from it."""
