#!/bin/sh
# Prints a word for each thing on the host that is not what the role's files say; silent when all is.
# Arguments: the folder of cityops, and NAME=MODE for each file below its tls/ that is root's.
folder=$1
shift

# The kernel's table against the file's, both as nft itself lists them: the file is loaded in a network of its own.
table="nft --stateless list table inet cityops"
wanted=$(unshare --net sh -c "nft --file '$folder/firewall.nft' && $table" 2>&1)
[ "$wanted" = "$($table 2>&1)" ] || echo packet-filter

sshd -T 2>/dev/null | grep --quiet --line-regexp 'passwordauthentication no' || echo sshd-overridden

for file in "$@"; do
    seen=$(stat --format '%a %U %G' "$folder/tls/${file%=*}" 2>/dev/null) || continue
    [ "$seen" = "${file#*=} root root" ] || echo "${file%=*}"
done
