#!/bin/sh
# Prints a word for each thing loaded on the host that is not what the role's files say; silent when all is.
# Argument: the folder of cityops.
folder=$1

# The kernel's table against the file's, both as nft itself lists them: the file is loaded in a network of its own.
table="nft --stateless list table inet cityops"
wanted=$(unshare --net sh -c "nft --file '$folder/firewall.nft' && $table" 2>&1)
[ "$wanted" = "$($table 2>&1)" ] || echo packet-filter

sshd -T 2>/dev/null | grep --quiet --line-regexp 'passwordauthentication no' || echo sshd-overridden
