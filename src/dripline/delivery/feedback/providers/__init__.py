"""What providers report by webhook: one file for each wire form. Pure but for the certificate of one of them."""
