#!/usr/bin/env bash
# For the scripts of this folder: what happens to the corpus between two backups, and then a pause, since what has just changed is read twice.
# shellcheck disable=SC2154 # $corpus and $work are those of the script that reads this

change_files() { # ROUND: every hundredth file gets a line more
    find "$corpus" -type f | LC_ALL=C sort | awk -v r="$1" 'NR % 100 == r' | while read -r file; do echo "changed $1" >>"$file"; done
    sleep 2
}

insert_byte() { # at the front of 1 GB
    { printf x; cat "$corpus/weights/large.f32"; } >"$work/large" && mv "$work/large" "$corpus/weights/large.f32"
    sleep 2
}
