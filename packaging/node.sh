#!/usr/bin/env bash
# Installs the packages of tests/clients into build/clients. Their Node is npm's own build of it, build/clients/node, whatever npm itself
# runs on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place=build/clients
if [ ! -x "$place/node" ] || ! cmp -s tests/clients/package-lock.json "$place/package-lock.json"; then
  mkdir -p "$place"
  cp tests/clients/package.json tests/clients/package-lock.json "$place/"
  npm --prefix "$place" ci --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null 2>&1 ||
    npm --prefix "$place" ci --ignore-scripts --no-audit --no-fund >&2
  rm -rf "$place"/node_modules/node-linux-*/include  # a third of it, for those who compile against Node
  (cd "$place" && ln -sf node_modules/node-linux-*/bin/node node)
fi
