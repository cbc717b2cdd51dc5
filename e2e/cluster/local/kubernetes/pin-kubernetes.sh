#!/usr/bin/env bash
# Pins one more release of Kubernetes: writes its go.mod and go.sum, with every dependency at the
# version that the release itself pins.
#
#   e2e/cluster/local/kubernetes/pin-kubernetes.sh 1.34.4
#
# main.go is copied from the newest release that is there; entry points differ between releases
# (kubelet's takes a context from 1.30 or so on), so build it and adapt it.
set -euo pipefail

version=${1:?usage: pin-kubernetes.sh VERSION, for example 1.34.4}
here=$(dirname "$(realpath "$0")")
newest=$(find "$here" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort --version-sort | tail -1)

sources=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
mkdir -p "$here/$version"
cd "$here/$version"
[ -e main.go ] || cp "$here/$newest/main.go" .

# Within Kubernetes' own repository these modules are folders; outside, they are published as v0.x.
{
  echo "// Written by pin-kubernetes.sh: the dependencies of Kubernetes $version, as its own go.mod pins them."
  echo
  sed -n '/^module /,$p' "$sources/go.mod" |
    sed -e 's#^module .*#module kubernetes-components#' \
      -e "s#=> ./staging/src/k8s.io/\([a-z-]*\)#=> k8s.io/\1 v0.${version#1.}#"
} >go.mod
cp "$sources/go.sum" go.sum
chmod u+w go.mod go.sum
go mod edit -require="k8s.io/kubernetes@v$version"
go mod tidy
