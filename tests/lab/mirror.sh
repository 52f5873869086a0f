# SPDX-License-Identifier: Apache-2.0
# Copies of a module's sources for building elsewhere, so that the sources stay clean; sourced, not
# run. A copy holds every file but what a build makes, and files that did not change keep their time,
# so that make builds only what did.

# The names of the source files below a directory, NUL-ended, sorted.
mirror_files() {
  (cd "$1" && find . -type f ! -name '*.o' ! -name '*.ko' ! -name '*.mod' ! -name '*.mod.c' \
    ! -name '.*' ! -name 'Module.symvers' ! -name 'modules.order' ! -path '*/build/*' -print0 |
    LC_ALL=C sort -z)
}

# The content of all of them, in a few words.
mirror_sum() {
  (cd "$1" && mirror_files . | xargs -0 -r sha256sum | sha256sum | cut -c1-64)
}

mirror_update() {
  local from=$1 to=$2 file
  mkdir -p "$to"
  while IFS= read -r -d '' file; do
    if ! cmp -s "$from/$file" "$to/$file"; then
      mkdir -p "$to/$(dirname "$file")"
      cp "$from/$file" "$to/$file"
    fi
  done < <(mirror_files "$from")
  while IFS= read -r -d '' file; do
    [ -e "$from/$file" ] || rm "$to/$file"
  done < <(mirror_files "$to")
}
