"""inventory/<city>/ read into one typed Estate; every error of a load in one report, with file and line."""
