#!/usr/bin/env bash
# @dot-i/k8s-operator 1.3.9 with @kubernetes/client-node 1.4.0 (by npm `overrides`, as its own ^0.20 brings the package
# `request`, which is no longer kept up).
#
# The frame takes the address of the API server from `basePath` of the client, a field that client-node has not had
# since 1.0. Nothing complains: types are the same, the operator starts, and `getCustomResourceApiUri` answers
# with an address that begins with "undefined". With client-node 0.20.0, which it asks for, it is right.
# Seen: the lines at the end. Fails if that changes. Needs Node 20 and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > uri.mjs <<'JS'
import dotI from '@dot-i/k8s-operator';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';

process.env.KUBECONFIG = 'kubeconfig';
writeFileSync('kubeconfig', JSON.stringify({
  apiVersion: 'v1', kind: 'Config', 'current-context': 'a',
  clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:6443' } }],
  users: [{ name: 'a', user: {} }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
}));

class Example extends dotI.default {
  async init() {
    console.log(this.getCustomResourceApiUri('example.com', 'v1', 'things', 'ns'));
  }
}
await new Example({ debug() {}, info() {}, warn() {}, error() {} }).start();
process.exit();
JS
found=
for version in 0.20.0 1.4.0; do
  cat > package.json <<JSON
{ "private": true, "dependencies": { "@dot-i/k8s-operator": "1.3.9", "@kubernetes/client-node": "$version" },
  "overrides": { "@dot-i/k8s-operator": { "@kubernetes/client-node": "$version" } } }
JSON
  rm -rf node_modules package-lock.json
  npm install --no-audit --no-fund --loglevel=error >/dev/null
  found+="client-node $version: $(node --no-warnings uri.mjs)"$'\n'
done
expected='client-node 0.20.0: https://127.0.0.1:6443/apis/example.com/v1/namespaces/ns/things
client-node 1.4.0: undefined/apis/example.com/v1/namespaces/ns/things'
[ "${found%$'\n'}" = "$expected" ] && printf 'as stated:\n%s\n' "$expected" || { printf 'changed. Expected:\n%s\nFound:\n%s\n' "$expected" "$found"; exit 1; }
