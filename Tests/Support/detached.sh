#!/usr/bin/env bash
# Becomes a program that holds nothing of its parent: no terminal, none of the open files by which a test waits for its children, and no
# blocked signal (Swift's Foundation blocks nearly all in what it starts, and then nothing but SIGKILL would end the program).
for descriptor in /proc/self/fd/*; do
    number=${descriptor##*/}
    if [ "$number" -gt 2 ] && [ "$number" -lt 250 ]; then eval "exec $number>&-"; fi
done
exec setsid python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_SETMASK, [])
os.execvp(sys.argv[1], sys.argv[1:])' "$@" </dev/null
