#!/usr/bin/env bash
# For the scripts of this folder: what a run of rekindle allocates.
# shellcheck disable=SC2154,SC2034 # $rekindle, $work, $what and $limit (KiB) are those of the script that reads this; so is $failed
failed=0
most=0

# Runs rekindle and watches the largest RssAnon that the kernel tells of it: mapped files are the kernel's.
watch() { # ARGUMENTS…
    local now pid
    most=0
    "$rekindle" "$@" >"$work/output" 2>&1 &
    pid=$!
    while now=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do
        [ "$now" -le "$most" ] || most=$now
        sleep 0.01
    done
    wait "$pid" || { cat "$work/output"; failed=1; }
    printf '%-28s %4d MiB\n' "$1 ($what)" $((most >> 10))
    [ "$most" -le "$limit" ] || { echo "more than $((limit >> 10)) MiB" >&2; failed=1; }
}
