#!/bin/sh
# Restores a snapshot of this vault without rekindle: needs a POSIX shell with the usual tools (awk, sed, sort, sha256sum),
# zstd, tar and bsdtar; setfattr too if extended attributes and ACLs are to come back.
#
#   sh restore.sh VAULT SNAPSHOT TARGET
#
# SNAPSHOT is `latest` or the beginning of an id. As root, owners are restored as well. Beside TARGET there must be room for the
# needed blobs and files once more.
set -eu
LC_ALL=C.UTF-8
export LC_ALL

fail() { echo "restore.sh: $*" >&2; exit 1; }

[ $# -eq 3 ] || fail "usage: sh restore.sh VAULT SNAPSHOT|latest TARGET"
for tool in zstd tar bsdtar sha256sum awk sed sort; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
done
vault=$(cd "$1" && pwd) || fail "cannot open the vault $1"
[ -d "$vault/snapshots" ] || fail "$vault is no vault"
mkdir -p "$3"
target=$(cd "$3" && pwd)
work=$(mktemp -d "$(dirname "$target")/.restore.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/blobs" "$work/files"

# The record: its name ends in the SHA-256 of its bytes.
record=
for file in "$vault"/snapshots/*.json; do
    case $2 in latest) record=$file ;; esac
    case ${file##*-} in "$2"*) record=$file ;; esac
done
[ -n "$record" ] || fail "no snapshot $2"
id=${record##*-}
echo "${id%.json}  $record" | sha256sum -c --quiet - || fail "the record $record is damaged"
echo "snapshot ${record##*/}"
parts=$(grep -Ec '^ *"outcome" : "(partial|failed)"' "$record" || true)
[ "$parts" -eq 0 ] || echo "restore.sh: $parts datasets of this snapshot are not complete; an older one may have more" >&2

# Where blobs lie: blob, pack, …
for index in "$vault"/indexes/*.tsv.zst; do
    [ -f "$index" ] || continue
    zstd -dcq "$index" || echo "restore.sh: the index $index is damaged; the others go on" >&2
done | cut -f1,2 | sort -u > "$work/index"

# Unpacks the blobs whose ids stand in the file $1 and checks them against their names. One that a damaged pack does not give, or
# gives wrongly, is taken from another pack where it lies.
fetch() {
    [ -s "$1" ] || return 0
    sort -u "$1" | join - "$work/index" > "$work/places"
    cut -d' ' -f1 "$work/places" | sort -u | join -v1 "$1" - > "$work/missing"
    [ ! -s "$work/missing" ] || fail "$(wc -l < "$work/missing") blobs are in no index: see RESTORE.md"
    sort -k2,2 -k1,1 "$work/places" > "$work/by-pack"
    cut -d' ' -f2 "$work/by-pack" | uniq | while read -r pack; do
        awk -v pack="$pack" '$2 == pack { print "blobs/" $1 }' "$work/by-pack" |
            while read -r member; do [ -f "$work/$member" ] || echo "$member"; done > "$work/members"
        [ -s "$work/members" ] || continue
        zstd -dcq "$vault/packs/$(echo "$pack" | cut -c1-2)/$pack.tar.zst" | tar -xf - -C "$work" -T "$work/members" && continue
        echo "restore.sh: the pack $pack is damaged; its other blobs go on" >&2
        sed 's|^blobs/\(.*\)|\1  &|' "$work/members" > "$work/sums"
        (cd "$work" && sha256sum -c sums 2>/dev/null | sed -n 's/: FAILED.*//p' | while read -r bad; do rm -f "$bad"; done)
    done
    sed 's|.*|&  blobs/&|' "$1" > "$work/sums"
    (cd "$work" && sha256sum -c --quiet sums) || fail "blobs are damaged or missing: rekindle restores what can be restored"
}

# Puts the blobs of the recipe $1 together as the file $2.
assemble() {
    while read -r blob _; do cat "$work/blobs/$blob"; done < "$work/blobs/$1" > "$2"
}

# The tree: the record names its recipe and its digest.
recipe=$(sed -n 's|^ *"contents" : "files/\([0-9a-f]*\)".*|\1|p' "$record")
digest=$(sed -n 's|^ *"digest" : "\([0-9a-f]*\)".*|\1|p' "$record")
echo "$recipe" > "$work/wanted"
fetch "$work/wanted"
cut -d' ' -f1 "$work/blobs/$recipe" | sort -u > "$work/wanted"
fetch "$work/wanted"
assemble "$recipe" "$work/tree.mtree"
echo "$digest  $work/tree.mtree" | sha256sum -c --quiet - || fail "the tree is damaged"

# Contents: files of one blob are that blob, the others have a recipe.
sed -n '/^#/d; s|.* contents=files/\([0-9a-f]*\).*|\1|p' "$work/tree.mtree" | sort -u > "$work/recipes"
fetch "$work/recipes"
{
    sed -n '/^#/d; s|.* contents=blobs/\([0-9a-f]*\).*|\1|p' "$work/tree.mtree"
    while read -r recipe; do cut -d' ' -f1 "$work/blobs/$recipe"; done < "$work/recipes"
} | sort -u > "$work/wanted"
fetch "$work/wanted"
while read -r recipe; do assemble "$recipe" "$work/files/$recipe"; done < "$work/recipes"
sed -n '/^#/d; s|.* sha256digest=\([0-9a-f]*\) contents=\([a-z]*/[0-9a-f]*\).*|\1  \2|p' "$work/tree.mtree" | sort -u > "$work/sums"
[ ! -s "$work/sums" ] || (cd "$work" && sha256sum -c --quiet sums) || fail "some files are damaged: rekindle restores what can be restored"

# The tree over the contents is an archive.
owner=--no-same-owner
[ "$(id -u)" -ne 0 ] || owner=--same-owner
(cd "$work" && bsdtar -cf - --format pax --options hdrcharset=BINARY @tree.mtree) | bsdtar -xpSf - "$owner" -C "$target"

# What mtree has no word for stands in comments before an entry: hard links, and extended attributes with POSIX ACLs among them.
# Names and values are escaped as `\ooo`, which setfattr reads as well. Links change the times of directories: those come last.
LC_ALL=C awk '
    function plain(text,  out, i) {
        while ((i = index(text, "\\")) > 0) {
            out = out substr(text, 1, i - 1) sprintf("%c", substr(text, i + 1, 1) * 64 + substr(text, i + 2, 1) * 8 + substr(text, i + 3, 1))
            text = substr(text, i + 4)
        }
        return out text
    }
    function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
    # Before 1970 mtree counts the fraction forward from the second before, and touch backwards from the second after.
    function moment(text,  dot) {
        dot = index(text, ".")
        if (text !~ /^-/ || substr(text, dot + 1) + 0 == 0) return text
        return sprintf("-%.0f.%09d", -substr(text, 1, dot - 1) - 1, 1000000000 - substr(text, dot + 1))
    }
    /^#: hardlink / { first = $3 }
    /^#: xattr / { attributes[++count] = $3 }
    /^#/ { next }
    {
        name = quoted(plain($1))
        if (first != "") print "ln -f -- " quoted(plain(first)) " " name
        else for (i = 1; i <= count; i++) {
            at = index(attributes[i], "=")
            print "setfattr -h -n " quoted(plain(substr(attributes[i], 1, at - 1))) " -v \047\"" substr(attributes[i], at + 1) "\"\047 -- " name " || lost=$((lost + 1))"
        }
        if ($2 == "type=dir") for (i = 3; i <= NF; i++) if ($i ~ /^time=/) times[++directories] = "touch -d @" moment(substr($i, 6)) " -- " name
        first = ""
        count = 0
    }
    END { for (i = 1; i <= directories; i++) print times[i] }
' "$work/tree.mtree" > "$work/finish"
if grep -q '^setfattr' "$work/finish" && ! command -v setfattr >/dev/null; then
    echo "restore.sh: setfattr is missing: extended attributes and ACLs are not restored" >&2
    sed -i '/^setfattr/d' "$work/finish"
fi
lost=0
cd "$target"
# shellcheck disable=SC1091 # made above
. "$work/finish"
[ "$lost" -eq 0 ] || echo "restore.sh: $lost extended attributes could not be set" >&2
echo "restored to $target"
