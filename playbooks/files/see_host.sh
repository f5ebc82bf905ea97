#!/bin/sh
# One look at all that a role owns on a host: prints "KIND NAME" for each line of standard input that is not so.
#   package NAME                        it is installed
#   name NAME                           the host is called so
#   user NAME HOME SHELL                there is such a user
#   file SHA256 MODE OWNER GROUP PATH   a plain file of that content and mode; SHA256 "-": of any content
#   same SOURCE MODE OWNER GROUP PATH   a plain file with the content of another one, and of that mode
#   folder MODE OWNER GROUP PATH        a folder of that mode
#   gone PATH                           nothing is there
#   link TARGET PATH                    a symbolic link that leads there
#   unit NAME                           it starts with the host, and runs
#   older UNIT PATH                     the unit was started after the file was written, so it has read it
see_file() {
    seen=$(stat --format '%a %U %G %F' "$5" 2>/dev/null)
    [ "${seen% empty file}" != "$seen" ] && seen="${seen% empty file} file"
    [ "${seen% regular file}" != "$seen" ] && seen="${seen% regular file} file"
    content=-
    [ "$1" = - ] || content=$(sha256sum <"$5" 2>/dev/null | cut --characters 1-64)
    [ "$content $seen" = "$1 $2 $3 $4 file" ]
}
see_unit() { # an instance that a generator starts is enabled-runtime
    enabled=$(systemctl is-enabled "$1" 2>/dev/null)
    [ "${enabled%-runtime}" = enabled ] && [ "$(systemctl is-active "$1" 2>/dev/null)" = active ]
}
see_older() {
    started=$(systemctl show --property ActiveEnterTimestamp --timestamp=unix --value "$1")
    written=$(stat --format %Y "$2" 2>/dev/null)
    [ -z "$started" ] || [ "${written:-0}" -le "${started#@}" ]
}
while read -r kind one two three four path; do
    case $kind in
    package) [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$one" 2>/dev/null)" = installed ] || echo "package $one" ;;
    name) [ "$(hostname) $(cat /etc/hostname)" = "$one $one" ] || echo "name $one" ;;
    user) [ "$(getent passwd "$one" | cut --delimiter : --fields 6,7)" = "$two:$three" ] || echo "user $one" ;;
    file) see_file "$one" "$two" "$three" "$four" "$path" || echo "file $path" ;;
    same) see_file "$(sha256sum <"$one" 2>/dev/null | cut --characters 1-64)" "$two" "$three" "$four" "$path" || echo "file $path" ;;
    folder) [ "$(stat --format '%a %U %G %F' "$four" 2>/dev/null)" = "$one $two $three directory" ] || echo "folder $four" ;;
    gone) [ ! -e "$one" ] || echo "gone $one" ;;
    link) [ "$(readlink "$two")" = "$one" ] || echo "link $two" ;;
    unit) see_unit "$one" || echo "unit $one" ;;
    older) see_older "$one" "$two" || echo "older $one" ;;
    esac
done
