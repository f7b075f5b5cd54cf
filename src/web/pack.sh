#!/usr/bin/env bash
# Lays out the page for a static host: pack.sh FOLDER WASM, where WASM is what cargo has built.
set -euo pipefail
out=$1 wasm=$2
cd "$(dirname "$0")/../.."

rm -rf "$out"
mkdir -p "$out/fonts" "$out/tour" "$out/weights"
cp -r src/web/page/. "$out/"
cp assets/fonts/* "$out/fonts/"
cp assets/pictures/tour/*.jpg "$out/tour/"
cp -r weights/builtin "$out/weights/"
wasm-bindgen --target web --no-typescript --out-dir "$out" --out-name latentarium_web "$wasm"
wasm-opt -Oz --enable-bulk-memory --enable-mutable-globals --enable-nontrapping-float-to-int --enable-reference-types \
  --enable-sign-ext --enable-simd --enable-multivalue "$out/latentarium_web_bg.wasm" -o "$out/latentarium_web_bg.wasm"

# What the page downloads before the doors open, so that it can show how far it is.
entry() { printf '{"address":"%s","bytes":%s}' "$1" "$(stat -c %s "$out/$1")"; }
(cd "$out" && find weights -type f ! -name scores.json | LC_ALL=C sort) > "$out/.model"
version=$(cd "$out" && cat latentarium_web_bg.wasm latentarium_web.js $(cat .model) | sha256sum | cut -c -12)
{
  printf '{"version":"%s","wasm":%s,"model":[' "$version" "$(entry latentarium_web_bg.wasm)"
  separator=
  while read -r file; do
    printf '%s%s' "$separator" "$(entry "$file")"
    separator=,
  done < "$out/.model"
  printf ']}\n'
} > "$out/files.json"
rm "$out/.model"

bytes() { stat -c %s "$1"; }
total=$(find "$out" -type f ! -path "$out/tour/*" -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
compressed=$(gzip -9 -c "$out/latentarium_web_bg.wasm" | wc -c)
awk -v wasm="$(bytes "$out/latentarium_web_bg.wasm")" -v gzip="$compressed" -v total="$total" 'BEGIN {
  printf "wasm %.1f MB, compressed %.1f MB; a first visit %.1f MB\n", wasm / 1e6, gzip / 1e6, total / 1e6
}'
