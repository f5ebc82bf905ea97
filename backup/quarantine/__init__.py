"""Files that are not what they say: found by the hosts, moved out of a repository on an operator's word."""
