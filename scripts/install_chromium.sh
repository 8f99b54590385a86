#!/bin/sh
# Makes sure that a Chromium is here for the browser tests, where it can; says plainly where it cannot.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium and fonts for the browser tests ..."
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if apt-get update -qq >"$log" 2>&1 &&
    apt-get install -y -qq --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji >>"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  tail -n 5 "$log"
  rm -f "$log"
  echo "Chromium could not be installed: the browser tests will be skipped."
else
  echo "No Chromium found: the browser tests will be skipped. Install it (Debian, Ubuntu: sudo apt-get install chromium)."
fi
