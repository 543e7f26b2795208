"""Files of contacts: cut into rows, whatever chunks they come in; what their columns mean; what is wrong with a row."""
