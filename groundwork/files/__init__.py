"""Files that people write: as text, as a YAML tree with the line of everything, and what is wrong with them."""
