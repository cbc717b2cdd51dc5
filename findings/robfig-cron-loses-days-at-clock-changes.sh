#!/usr/bin/env bash
# github.com/robfig/cron/v3 v3.0.1 (Go), which Kubernetes uses for CronJob.
#
# `Schedule.Next` walks from day to day by adding to a time at midnight. Where clocks change at midnight, or by half
# an hour, it lands beside the day it means:
# - 31 March at 12:17 in Beirut, 2024: that midnight is skipped, and so is the year's only run. It is in 2025.
# - Saturdays at 18:40 in Santiago: after the skipped midnight of a Sunday it answers with that Sunday.
# - 1 April at 16:00 on Lord Howe, 2035: clocks go back by half an hour that morning, and that year has no run.
# The wall clocks of these places show each of the times that are left out.
# Seen: the lines at the end. Fails if that changes. Needs Go.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat > go.mod <<'MOD'
module finding

go 1.21

require github.com/robfig/cron/v3 v3.0.1
MOD
cat > main.go <<'GO'
package main

import (
	"fmt"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

func main() {
	for _, each := range []struct{ zone, schedule, from string }{
		{"Asia/Beirut", "17 12 31 3 *", "2024-03-28T19:17:00Z"},
		{"America/Santiago", "40 18 * * 6", "2035-09-02T01:40:00Z"},
		{"Australia/Lord_Howe", "0 16 1 4 *", "2035-01-26T14:14:20Z"},
	} {
		schedule, err := cron.ParseStandard("CRON_TZ=" + each.zone + " " + each.schedule)
		if err != nil {
			panic(err)
		}
		from, _ := time.Parse(time.RFC3339, each.from)
		zone, _ := time.LoadLocation(each.zone)
		next := schedule.Next(from).In(zone)
		fmt.Printf("%s, %s after %s: %s\n", each.schedule, each.zone, from.Format("2006-01-02"), next.Format("Mon 2006-01-02 15:04"))
	}
}
GO
GOFLAGS=-mod=mod go mod download github.com/robfig/cron/v3@v3.0.1 >/dev/null
found=$(GOFLAGS=-mod=mod go run .)
expected='17 12 31 3 *, Asia/Beirut after 2024-03-28: Mon 2025-03-31 12:17
40 18 * * 6, America/Santiago after 2035-09-02: Sun 2035-09-02 18:40
0 16 1 4 *, Australia/Lord_Howe after 2035-01-26: Tue 2036-04-01 16:00'
[ "$found" = "$expected" ] && printf 'as stated:\n%s\n' "$found" || { printf 'changed. Expected:\n%s\nFound:\n%s\n' "$expected" "$found"; exit 1; }
