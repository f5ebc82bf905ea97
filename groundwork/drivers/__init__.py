"""One folder per outside capability: protocol, real driver and fake, side by side."""
