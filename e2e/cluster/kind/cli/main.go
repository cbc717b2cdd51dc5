// The kind command line, built from its module so that its version is pinned with everything else.
package main

import "sigs.k8s.io/kind/cmd/kind/app"

func main() {
	app.Main()
}
