#!/bin/sh
# Installs this bundle into a folder, without any network: ./install.sh [/opt/lookout]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-/opt/lookout}
python=${PYTHON:-python3}

fail() { echo "未安装：$1" >&2; exit 1; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "需要 Python 3.11 或更新版本；可用 PYTHON=/usr/bin/python3.11 $0 指定"
made_for=$(cat "$here/PLATFORM")
this=$("$python" -c 'import sys, sysconfig; print(sysconfig.get_platform(), "cp%d%d" % sys.version_info[:2])')
[ "$made_for" = "$this" ] || fail "安装包是为 $made_for 制作的，这台机器是 $this；请在同样的机器上用 make bundle 重新制作"
"$python" -c 'import ensurepip' 2>/dev/null || fail "这个 Python 不能建立虚拟环境；Debian 请安装 python3-venv"

echo "核对文件…"
(cd "$here" && sha256sum --check --quiet SHA256SUMS) || fail "安装包里有文件损坏，请重新拷贝"

# Each version has a folder of its own, and a link names the one in use: a failed installation changes nothing.
[ ! -e "$target" ] || [ -L "$target" ] || fail "$target 已存在，而且不是以前安装的链接；请换一个位置"
fresh="$target-$(cat "$here/VERSION")-$(date +%Y%m%d%H%M%S)"
trap '[ "$(readlink "$target" || true)" = "$fresh" ] || rm -rf "$fresh"' EXIT
"$python" -m venv "$fresh"
"$fresh/bin/pip" install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \
  --requirement "$here/requirements.txt"
"$fresh/bin/lookout" --help >/dev/null
before=$(readlink "$target" || true)
ln -s "$fresh" "$target.new"
mv -T "$target.new" "$target"

echo "已安装到 $target（$fresh）。"
if [ -n "$before" ]; then
  echo "升级：先 $target/bin/lookout backup 备份目录，再 $target/bin/lookout upgrade，然后重启服务。"
  echo "退回旧版本：ln -sfn $before $target（升级过数据布局时，须恢复升级前的备份）"
else
  echo "接着按 docs/howto/operate.md 写好 /etc/lookout/lookout.env，用 deploy/systemd 里的单元启动。"
fi
