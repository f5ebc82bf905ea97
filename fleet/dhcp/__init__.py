"""DHCP: the pair of servers that hands the city's clients what the estate says."""
