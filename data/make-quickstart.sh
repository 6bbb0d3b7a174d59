#!/bin/sh
# Writes data/quickstart.txt, the text of the quickstart recipe: this project's own documents, sources and tests.
#
#   data/make-quickstart.sh [OUTPUT]
#
# The text depends on nothing but the contents of the files that git tracks and their names: documents first, then
# sources, then tests, each in the order of `git ls-files`. Files are taken whole, as long as the text stays within the
# limit; what no longer fits is named on standard error.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
output=${1:-data/quickstart.txt}
least=300000
limit=900000

temporary=$(mktemp "$output.XXXXXX")
trap 'rm -f "$temporary"' EXIT

size=0
for group in '*.md' 'Sources/*.swift Sources/*.c Sources/*.h' 'Tests/*.swift'; do
  set -f
  files=$(git ls-files -- $group)
  set +f
  for file in $files; do
    bytes=$(($(wc -c <"$file") + ${#file} + 11))
    if [ $((size + bytes)) -gt "$limit" ]; then
      echo "$output: no room for $file ($bytes bytes)" >&2
      continue
    fi
    printf '==== %s ====\n' "$file" >>"$temporary"
    cat "$file" >>"$temporary"
    printf '\n' >>"$temporary"
    size=$((size + bytes))
  done
done

size=$(($(wc -c <"$temporary")))
if [ "$size" -lt "$least" ]; then
  echo "$output: only $size bytes of text were found, expected at least $least; is this a clone of the repository?" >&2
  exit 1
fi
chmod 644 "$temporary"
mv "$temporary" "$output"
echo "$output: $size bytes"
