"""Other products' wire formats, on the same verbs as the routes of our own."""
