#!/usr/bin/env bash
# Installs the Python packages of tests/clients/python into a virtual environment, build/clients/python. Debian's python3-venv is enough.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

place=build/clients/python
wanted=tests/clients/python/requirements.txt
if [ ! -x "$place/bin/python" ] || ! cmp -s "$wanted" "$place/requirements.txt"; then
  rm -rf "$place"
  mkdir -p "$(dirname "$place")"
  python3 -m venv "$place"
  "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: --requirement "$wanted" >&2
  cp "$wanted" "$place/"
fi
