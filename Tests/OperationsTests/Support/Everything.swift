/// A script that makes one of everything that a file system holds: kinds, modes, owners, times, attributes, lists, names.
let everything = #"""
    umask 022
    mkdir kinds modes owners times attributes lists names large
    cd kinds
    printf 'some text\n' > regular
    : > empty
    mkdir empty-directory
    ln -s regular relative-link
    ln -s /etc/hostname absolute-link
    ln -s nowhere/at-all dangling-link
    ln -s "$(printf 'bytes \377\n\t\\ in a link')" odd-link
    ln -s "$(printf 'l%.0s' {1..1000})" long-link
    mkfifo fifo
    mkfifo -m 0611 fifo-with-mode
    mknod zero c 1 5
    mknod -m 0640 disk b 259 70000
    mknod far c 1000 300000
    chown 12:34 zero fifo
    ln regular hard-1
    ln regular ../names/hard-2
    printf 'linked' > linked; ln linked linked-again
    python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
    truncate -s 5M sparse; printf 'end' >> sparse
    cd ../modes
    for mode in 0000 0001 0400 0644 0755 0777 1777 2755 4755 6755 7777; do
        echo $mode > file-$mode; chmod $mode file-$mode
        mkdir directory-$mode; echo in > directory-$mode/in; chmod $mode directory-$mode
    done
    cd ../owners
    echo a > file; chown 4000000000:3000000000 file
    mkdir directory; chown 12345:54321 directory
    ln -s file link; chown -h 777:888 link
    echo s > setuid; chown 99:98 setuid; chmod 6755 setuid
    cd ../times
    for time in -1.000000001 -86400.5 0 0.000000001 1.999999999 1700000000.123456789 2147483648 4294967295.5 9999999999.999999999; do
        echo $time > at$time; touch -d @$time at$time
        mkdir directory$time; touch -d @$time directory$time
        ln -s x link$time; touch -h -d @$time link$time
        mkfifo fifo$time; touch -d @$time fifo$time
    done
    cd ../attributes
    echo a > file
    setfattr -n user.empty file
    setfattr -n user.text -v 'some text' file
    setfattr -n user.bytes -v 0x000102feff0a3d5c file
    setfattr -n 'user.a name=with # odd\bytes' -v 1 file
    setfattr -n trusted.of-root -v secret file
    setfattr -n user.long -v "$(printf 'v%.0s' {1..3000})" file
    mkdir directory; setfattr -n user.on-directory -v yes directory
    ln -s file link; setfattr -h -n trusted.on-link -v yes link
    mkfifo fifo; setfattr -n trusted.on-fifo -v yes fifo
    cp /bin/true capable; setfattr -n security.capability -v 0x0100000200240000000000000000000000000000 capable
    cd ../lists
    echo a > file; setfacl -m u:1234:rw,g:4321:r,m:rw file
    echo b > masked; setfacl -m u:1:rwx,m:r masked
    mkdir inherits; setfacl -m u:1234:rwx inherits; setfacl -d -m u:1234:rwx,g:7:rx,o:- inherits
    echo c > inherits/file; mkdir inherits/below; mkfifo inherits/fifo; ln -s file inherits/link
    echo d > inherits/plain; setfacl -b inherits/plain
    mkfifo inherits/plain-fifo; setfacl -b inherits/plain-fifo; chmod 0640 inherits/plain-fifo
    mknod inherits/plain-node c 1 3; setfacl -b inherits/plain-node; chmod 0600 inherits/plain-node
    mkdir inherits/plain-directory; setfacl -b inherits/plain-directory
    cd ../names
    for code in $(seq 1 255); do
        [ $code = 47 ] || [ $code = 46 ] || echo $code > "$(printf "\\x$(printf %x $code)_")"
    done
    printf x > "$(printf '%255s' | tr ' ' n)"
    mkdir "$(printf '%255s' | tr ' ' d)"
    for name in '...' '-' '-rf' '*' '?' '[a-z]' '{}' '$HOME' '`id`' '"' "'" '\' '\012' '#' '#mtree' 'a=b' ' ' '~' 'a b' 'ünï' '.hidden' 'a,b' '@x' 'x:y'; do
        printf '%s' "$name" > "./$name"
    done
    mkdir a a-b; touch a/z a-b/a 'a!' a.b
    cd ../large
    seq 1 400000 > numbers
    head -c 3000000 /dev/urandom > random
    head -c 2097152 numbers > two-mebibytes
    cd ..
    touch -d @1600000000.5 .
    """#
