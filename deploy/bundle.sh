#!/bin/sh
# Makes dist/lookout-VERSION-PLATFORM.tar.gz: all an installation needs on a machine like this one, without a network.
set -eu
cd "$(dirname "$0")/.."
bin=${1:?the bin folder of the environment}
out=dist/bundle
rm -rf "$out" build
mkdir -p "$out/wheels"

# Every wheel by the hashes of the lock; a source distribution is built here, once.
"$bin/pip" wheel --quiet --disable-pip-version-check --no-deps --require-hashes \
  --requirement requirements.lock --wheel-dir "$out/wheels"
"$bin/pip" wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$out/wheels" .

version=$("$bin/python" -c 'import re; print(re.search(r"^version = \"(.+)\"", open("pyproject.toml").read(), re.M)[1])')
# The lock's versions, without its hashes: SHA256SUMS guards the bundle's own files.
{ grep -E '^[A-Za-z0-9].*==' requirements.lock | sed 's/ *\\$//'; echo "lookout==$version"; } > "$out/requirements.txt"
echo "$version" > "$out/VERSION"
"$bin/pip" install --quiet --disable-pip-version-check --dry-run --ignore-installed --no-index \
  --find-links "$out/wheels" --requirement "$out/requirements.txt" >/dev/null ||
  { echo "requirements.lock does not hold all that pyproject.toml asks for; renew it with: make lock" >&2; exit 1; }
"$bin/python" -c 'import sys, sysconfig; print(sysconfig.get_platform(), "cp%d%d" % sys.version_info[:2])' > "$out/PLATFORM"

cp deploy/install.sh README.md README.zh-CN.md LICENSE CHANGELOG.md requirements.lock "$out/"
cp -r docs "$out/docs"
mkdir "$out/deploy"
cp -r deploy/systemd deploy/lookout.env "$out/deploy/"
find "$out" -name __pycache__ -type d -prune -exec rm -rf {} +
chmod +x "$out/install.sh"
(cd "$out" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs -d '\n' sha256sum > SHA256SUMS)

name="lookout-$version-$("$bin/python" -c 'import sysconfig; print(sysconfig.get_platform())')"
rm -rf "dist/$name"
mv "$out" "dist/$name"
tar --sort=name --owner=0 --group=0 --numeric-owner -C dist -czf "dist/$name.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "dist/$name.tar.gz ($(du -h "dist/$name.tar.gz" | cut -f1)); unpack it there and run ./install.sh"
